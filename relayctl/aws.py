"""boto3 clients for the account that the person on call works in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from formarelay.errors import FormaError
from relayctl.advice import advice
from relayctl.errors import RelayctlError, UnansweredError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_ATTEMPTS = 3
# A little longer than a function of ours may run.
_INVOCATION_SECONDS = 250
# botocore's way to say that a variable is set by nothing, the environment included.
_NO_PROFILE = {"profile": (None, None, None, None)}


class Aws:
    """Clients by the normal chain of credentials, or by the `AWS_...` values of a stack file.

    Nothing is called, and no credentials are looked for, before a client is asked for.

    Args:
        values: `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
            `AWS_DEFAULT_REGION`, each optional: what is absent comes from the normal chain.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = values or {}
        self._endpoint_url = self._values.get("AWS_ENDPOINT_URL") or None

    @property
    def region(self) -> str:
        """Where the clients work; empty when nothing says so."""
        return self._session.region_name or ""

    def cloudformation(self) -> CloudFormationClient:
        return self._session.client("cloudformation", **self._options(attempts=_ATTEMPTS))

    def cloudwatch(self) -> CloudWatchClient:
        return self._session.client("cloudwatch", **self._options(attempts=_ATTEMPTS))

    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", **self._options(attempts=_ATTEMPTS))

    def events(self) -> EventBridgeClient:
        return self._session.client("events", **self._options(attempts=_ATTEMPTS))

    def iam(self) -> IAMClient:
        return self._session.client("iam", **self._options(attempts=_ATTEMPTS))

    def functions(self) -> LambdaClient:
        """Of Lambda, whose own name Python has taken."""
        return self._session.client("lambda", **self._options(attempts=_ATTEMPTS))

    def invocations(self) -> LambdaClient:
        """For an invocation that may take minutes, and is repeated by nobody."""
        options = self._options(attempts=1)
        config = options["config"].merge(Config(read_timeout=_INVOCATION_SECONDS))
        return self._session.client("lambda", **options | {"config": config})

    def logs(self) -> CloudWatchLogsClient:
        return self._session.client("logs", **self._options(attempts=_ATTEMPTS))

    def secretsmanager(self) -> SecretsManagerClient:
        return self._session.client("secretsmanager", **self._options(attempts=_ATTEMPTS))

    def sns(self) -> SNSClient:
        return self._session.client("sns", **self._options(attempts=_ATTEMPTS))

    def sqs(self) -> SQSClient:
        return self._session.client("sqs", **self._options(attempts=_ATTEMPTS))

    def sqs_without_repeats(self) -> SQSClient:
        """For calls whose repetition would do something twice: boto3 repeats none of them."""
        return self._session.client("sqs", **self._options(attempts=1))

    @cached_property
    def _session(self) -> boto3.session.Session:
        key_id = self._values.get("AWS_ACCESS_KEY_ID") or None
        region = self._values.get("AWS_DEFAULT_REGION") or None
        if key_id is None:
            return boto3.session.Session(region_name=region)
        return boto3.session.Session(
            aws_access_key_id=key_id,
            aws_secret_access_key=self._values.get("AWS_SECRET_ACCESS_KEY"),
            region_name=region,
            # A profile of the caller's has no say in a stack that brings its own keys.
            botocore_session=botocore.session.Session(session_vars=_NO_PROFILE),
        )

    def _options(self, *, attempts: int) -> dict[str, Any]:
        config = Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # A proxy cannot reach this machine's own loopback.
            proxies={} if _is_loopback(self._endpoint_url) else None,
        )
        return {"endpoint_url": self._endpoint_url, "config": config}


@contextmanager
def explained() -> Iterator[None]:
    """Turns what AWS and the layer's adapters raise into an error for a person."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        kind = UnansweredError if _may_be_done(error) else RelayctlError
        raise kind(advice(error)) from error
    except FormaError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError | BotoCoreError):
            raise RelayctlError(f"{error.detail}: {advice(cause)}") from error
        raise RelayctlError(str(error)) from error


def _may_be_done(error: ClientError | BotoCoreError) -> bool:
    if isinstance(error, ClientError):
        metadata = error.response.get("ResponseMetadata", {})
        return metadata.get("HTTPStatusCode", 0) >= 500
    return isinstance(error, HTTPClientError)


def _is_loopback(url: str | None) -> bool:
    host = urlsplit(url).hostname if url else None
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
