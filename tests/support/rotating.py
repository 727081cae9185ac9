"""A rotation function among fakes: the real service over Secrets Manager in memory."""

from __future__ import annotations

import json
from typing import Any

from formarelay.aws.secret_stages import SecretStages
from formarelay.rotation import CURRENT, PENDING, PREVIOUS
from rotate_keys.contract import RetireEvent, read_event
from rotate_keys.key_rotation import KeyRotation
from rotate_keys.names import KeyNames
from rotate_keys.pair_rotation import PairRotation
from rotate_keys.policy import RotationPolicy
from rotate_keys.report import Report
from rotate_keys.service import RotationService, Subject
from tests.support.clock import ManualClock
from tests.support.fake_journal import FakeJournal
from tests.support.fake_keys import FakeKeyIssuer, FakePairIssuer, pair_number
from tests.support.fake_limiter import FakeLimiter
from tests.support.fake_secret_stages import FakeSecretStages

OVERLAP = 4000.0
DAY = 24 * 3600.0
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate_keys"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class World:
    """`token(n)` starts the n-th rotation as Secrets Manager does; `step` makes one step of it."""

    def __init__(self, **policy: Any) -> None:
        self.clock = ManualClock()
        self.secrets = FakeSecretStages(clock=self.clock)
        self.issuer = FakeKeyIssuer(self.clock)
        self.pairs = FakePairIssuer()
        self.journal = FakeJournal(self.clock)
        self.gate = FakeLimiter(self.clock)
        self.remaining_seconds = 120.0
        self.first = self.issuer.seed()
        value = {"api_key": self.first.value.reveal(), "key_id": self.first.key_id}
        self.arn = self.secrets.create("forma-mail", json.dumps(value))
        self.pair_arn = self.secrets.create("formaloo", json.dumps(pair_number(1)))
        self.policy = RotationPolicy(
            overlap_seconds=OVERLAP,
            key_life_seconds=120 * DAY,
            permissions=("emails:send", "emails:read"),
            **policy,
        )
        self.names = KeyNames(stack="test", secret_arn=self.arn)
        self.service = self.new_process()

    def new_process(self, issuer: Any = None) -> RotationService:
        """The function after a cold start: nothing of the last process is known."""
        self.pairs.forget()
        keys = KeyRotation(
            issuer or self.issuer, names=self.names, policy=self.policy, sleep=self.clock.advance
        )
        pair = PairRotation(self.pairs, gate=self.gate, policy=self.policy)
        self.service = RotationService(
            [
                Subject(provider="forma-mail", secret_arn=self.arn, kind=keys),
                Subject(provider="formaloo", secret_arn=self.pair_arn, kind=pair),
            ],
            stages=SecretStages(self.secrets.client),
            journal=self.journal,
            policy=self.policy,
            clock=self.clock,
        )
        return self.service

    def token(self, number: int = 1, arn: str = "") -> str:
        token = f"{number:08d}-0000-4000-8000-000000000000"
        self.secrets.client.rotate_secret(
            SecretId=arn or self.arn, ClientRequestToken=token, RotationLambdaARN=FUNCTION
        )
        return token

    def step(self, step: str, token: str, arn: str = "") -> Report:
        event = {"Step": step, "SecretId": arn or self.arn, "ClientRequestToken": token}
        request = read_event(event, secret_arns=self.service.secret_arns)
        assert not isinstance(request, RetireEvent)
        return self.service.step(request, remaining_seconds=lambda: self.remaining_seconds)

    def rotate(self, token: str, arn: str = "") -> Report:
        """All four steps."""
        return [self.step(step, token, arn) for step in STEPS][-1]

    def retire(self, arn: str = "", *, overlap: float | None = None) -> dict[str, Report]:
        reports = self.service.retire(
            RetireEvent(secret_arn=arn, overlap_seconds=overlap),
            remaining_seconds=lambda: self.remaining_seconds,
        )
        return {report.provider: report for report in reports}

    def value(self, arn: str = "", label: str = CURRENT) -> dict[str, str] | None:
        client = self.secrets.client
        try:
            answer = client.get_secret_value(SecretId=arn or self.arn, VersionStage=label)
        except client.exceptions.ResourceNotFoundException:
            return None
        return json.loads(answer["SecretString"])

    def labels(self, version: str, arn: str = "") -> set[str]:
        described = self.secrets.client.describe_secret(SecretId=arn or self.arn)
        return set(described["VersionIdsToStages"].get(version, []))

    def put(self, value: object, arn: str = "", **more: Any) -> str:
        """What a person stores."""
        text = value if isinstance(value, str) else json.dumps(value)
        return self.secrets.client.put_secret_value(
            SecretId=arn or self.arn, SecretString=text, **more
        )["VersionId"]


__all__ = ["CURRENT", "OVERLAP", "PENDING", "PREVIOUS", "STEPS", "World"]
