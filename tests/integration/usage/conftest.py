"""The function as it is deployed, against the sandbox and moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from formarelay.aws.limiter import DynamoLimiter
from formarelay.clock import SystemClock
from formarelay.env import Url
from formarelay.http import Timeouts
from publish_usage import application
from publish_usage.service import Round, UsageService
from publish_usage.settings import UsageSettings
from sandbox.testing import RunningSandbox
from tests.support.aws import REGION, create_state_table, fake_aws

NAMESPACE = "formarelay/test"


class Deployed:
    """The publisher, its AWS, and what it published in its last round."""

    def __init__(self, sandbox: RunningSandbox, *, reserve_percent: float = 0.0) -> None:
        self.sandbox = sandbox
        self.dynamodb = create_state_table()
        self.cloudwatch = boto3.client("cloudwatch")
        self.secrets = boto3.client("secretsmanager")
        self.key = sandbox.mint_key(permissions=["emails:send", "emails:read"])
        pair = sandbox.control("GET", "/formaloo")
        self.mail_secret = self.secrets.create_secret(
            Name="forma-mail", SecretString=json.dumps({"api_key": self.key, "key_id": "k1"})
        )["ARN"]
        self.form_secret = self.secrets.create_secret(
            Name="formaloo",
            SecretString=json.dumps({name: pair[name] for name in ("api_key", "secret_key")}),
        )["ARN"]
        self.service: UsageService = application.build(
            UsageSettings(
                forma_mail_api_url=Url(f"{sandbox.url}/api"),
                forma_mail_secret_arn=self.mail_secret,
                formaloo_api_url=Url(sandbox.url),
                formaloo_secret_arn=self.form_secret,
                state_table="state",
                rate_limit_calls=100,
                rate_limit_window_seconds=60,
                quota_reserve_percent=reserve_percent,
                powertools_metrics_namespace=NAMESPACE,
            )
        )
        self.sender = DynamoLimiter(
            self.dynamodb,
            table_name="state",
            provider="forma-mail",
            clock=SystemClock(),
            limit_per_window=100,
            window_seconds=60,
            longest_call_seconds=65,
            clock_skew_seconds=0.05,
        )

    def profile(self, **knobs: Any) -> None:
        self.sandbox.control("PUT", "/profile", knobs)

    def fault(self, route: str, fault: str, times: int = 100) -> None:
        self.sandbox.control("POST", "/faults", {"route": route, "fault": fault, "times": times})

    def publish(self) -> Round:
        return self.service.publish(within_seconds=20)

    def latest(self, provider: str, resource: str) -> dict[str, float]:
        """The last value of every metric of one resource, as CloudWatch gives it back."""
        dimensions = [
            {"Name": "provider", "Value": provider},
            {"Name": "resource", "Value": resource},
        ]
        listed = self.cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=dimensions)
        now = datetime.now(UTC)
        found = {}
        for name in {metric["MetricName"] for metric in listed["Metrics"]}:
            points = self.cloudwatch.get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=name,
                Dimensions=dimensions,
                StartTime=now - timedelta(minutes=10),
                EndTime=now + timedelta(minutes=10),
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]
            found[name] = max(points, key=lambda point: point["Timestamp"])["Maximum"]
        return found


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One for all tests: it reads the descriptions of the services once."""
    return boto3.Session(region_name=REGION)


@pytest.fixture
def deployed(
    running_sandbox: RunningSandbox, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    running_sandbox.control("POST", "/reset")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    monkeypatch.setattr(boto3, "Session", lambda: session)
    # Short, for the provider that never answers.
    monkeypatch.setattr(application, "TIMEOUTS", Timeouts(connect_seconds=2.0, read_seconds=0.7))
    with fake_aws():
        yield Deployed(running_sandbox)
