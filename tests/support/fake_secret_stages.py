"""Secrets Manager in memory, as strict with versions and labels as AWS.

It passes the same suite as the local AWS. What talks to it is a real boto3 client, so parameters,
generated tokens and exceptions are the SDK's own; only the network is missing.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from tests.support.clock import ManualClock
from tests.support.secret_versions import CURRENT, PENDING, RefusedError, Value, Versions

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PREFIX = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"

Parameters = dict[str, Any]
Invoke = Callable[[dict[str, str]], object]


@dataclass
class _Secret:
    arn: str
    name: str
    created: datetime
    versions: Versions = field(default_factory=Versions)
    rotation: Parameters = field(default_factory=dict)


@cache
def _session() -> Any:
    return boto3.session.Session("testing", "testing", region_name="us-east-1")


class FakeSecretStages:
    """`client` is what the code under test gets.

    A rotation calls `invoke` with the event of each step, and stops at its first exception. All
    that happens before RotateSecret returns, where AWS does it later; AWS also repeats a rotation
    that failed, which here is `reattempt`. Without `invoke` no step runs, and a test calls them
    itself.

    `failing` names operations that fail without an effect, `losing` those that take effect and
    whose answer is lost. `calls` holds every operation that arrived.
    """

    def __init__(self, *, clock: ManualClock | None = None, invoke: Invoke | None = None) -> None:
        self.failing: set[str] = set()
        self.losing: set[str] = set()
        self.calls: list[str] = []
        self._clock = clock or ManualClock()
        self._invoke = invoke
        self._secrets: dict[str, _Secret] = {}
        self._suffixes = (f"{number:06d}" for number in count(1))
        self.client: Any = _session().client("secretsmanager", config=None)
        self.client.meta.events.register("before-call.secrets-manager", self._answer)

    def create(self, name: str, value: str | None = None) -> str:
        """The ARN of a new secret."""
        given = {"Name": name} if value is None else {"Name": name, "SecretString": value}
        arn: str = self.client.create_secret(**given)["ARN"]
        return arn

    def reattempt(self, secret_id: str) -> None:
        """Runs the steps of the rotation that is not complete, from the first one."""
        self._reattempt(self._find(secret_id))

    def _answer(self, model: Any, params: Parameters, **_: Any) -> tuple[AWSResponse, Parameters]:
        self.calls.append(model.name)
        operations = {
            "CreateSecret": self._create_secret,
            "DescribeSecret": self._describe_secret,
            "GetSecretValue": self._get_secret_value,
            "ListSecretVersionIds": self._list_secret_version_ids,
            "PutSecretValue": self._put_secret_value,
            "UpdateSecretVersionStage": self._update_secret_version_stage,
            "RotateSecret": self._rotate_secret,
            "CancelRotateSecret": self._cancel_rotate_secret,
        }
        try:
            operation = _fail if model.name in self.failing else operations[model.name]
            parsed = operation(json.loads(params["body"]))
        except RefusedError as refused:
            error = {"Code": refused.code, "Message": refused.message}
            return AWSResponse("", 400, {}, None), {"Error": error, "ResponseMetadata": {}}
        if model.name in self.losing:
            raise ReadTimeoutError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com")
        return AWSResponse("", 200, {}, None), parsed

    def _find(self, secret_id: str) -> _Secret:
        for secret in self._secrets.values():
            if secret_id in (secret.name, secret.arn):
                return secret
        raise RefusedError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)

    def _create_secret(self, given: Parameters) -> Parameters:
        name = given["Name"]
        if name in self._secrets:
            raise RefusedError("ResourceExistsException", f"The secret {name} already exists.")
        secret = _Secret(f"{PREFIX}{name}-{next(self._suffixes)}", name, self._now())
        value = _value(given)
        if value:
            secret.versions.put(given["ClientRequestToken"], value, None, now=self._now())
        self._secrets[name] = secret
        return _named(secret) | ({"VersionId": given["ClientRequestToken"]} if value else {})

    def _describe_secret(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        stages = secret.versions.labelled()
        described = _named(secret) | {"CreatedDate": secret.created} | secret.rotation
        return described | ({"VersionIdsToStages": stages} if stages else {})

    def _get_secret_value(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        token, version = secret.versions.read(given.get("VersionId"), given.get("VersionStage"))
        labels = {"VersionStages": sorted(version.labels)} if version.labels else {}
        dated = {"VersionId": token, "CreatedDate": version.created}
        return _named(secret) | dated | labels | version.value

    def _list_secret_version_ids(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        every = given.get("IncludeDeprecated", False)
        versions = [
            {"VersionId": token, "CreatedDate": each.created}
            | ({"VersionStages": sorted(each.labels)} if each.labels else {})
            for token, each in secret.versions.by_id.items()
            if each.labels or every
        ]
        return _named(secret) | {"Versions": versions}

    def _put_secret_value(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        token = given["ClientRequestToken"]
        secret.versions.put(token, _value(given), given.get("VersionStages"), now=self._now())
        labels = sorted(secret.versions.by_id[token].labels)
        return _named(secret) | {"VersionId": token, "VersionStages": labels}

    def _update_secret_version_stage(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        secret.versions.move(
            given["VersionStage"],
            to=given.get("MoveToVersionId"),
            origin=given.get("RemoveFromVersionId"),
        )
        return _named(secret)

    def _rotate_secret(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        token = given["ClientRequestToken"]
        answer = _named(secret) | {"VersionId": token}
        configured = {
            name: given[name] for name in ("RotationLambdaARN", "RotationRules") if name in given
        }
        if "RotationLambdaARN" not in secret.rotation | configured:
            raise RefusedError(
                "InvalidRequestException",
                "No Lambda rotation function ARN is associated with this secret.",
            )
        if token in secret.versions.by_id:
            return answer
        if secret.versions.blocked_by() is not None:
            self._reattempt(secret)
            raise RefusedError(
                "InvalidRequestException",
                "A previous rotation isn't complete. That rotation will be reattempted.",
            )
        secret.rotation |= {"RotationEnabled": True} | configured
        immediately = given.get("RotateImmediately", True)
        secret.versions.announce(token, now=self._now(), with_current_value=not immediately)
        if immediately:
            self._run_steps(secret, token, STEPS)
        else:
            self._run_steps(secret, token, ("testSecret",))
            del secret.versions.by_id[token]
        return answer

    def _reattempt(self, secret: _Secret) -> None:
        token = secret.versions.blocked_by()
        if token is not None:
            self._run_steps(secret, token, STEPS)

    def _run_steps(self, secret: _Secret, token: str, steps: tuple[str, ...]) -> None:
        if self._invoke is None:
            return
        for step in steps:
            # A rotation that is cancelled or abandoned meanwhile ends.
            enabled = secret.rotation.get("RotationEnabled")
            if not enabled or secret.versions.holder(PENDING) != token:
                return
            event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}
            try:
                self._invoke(event)
            except Exception:  # noqa: BLE001 (a function's error, whatever it is, ends a rotation)
                return
        if secret.versions.holder(CURRENT) == token:
            secret.rotation["LastRotatedDate"] = self._now()

    def _cancel_rotate_secret(self, given: Parameters) -> Parameters:
        secret = self._find(given["SecretId"])
        if not secret.rotation.get("RotationEnabled"):
            raise RefusedError("InvalidRequestException", "Rotation is not enabled.")
        secret.rotation["RotationEnabled"] = False
        pending = secret.versions.blocked_by()
        return _named(secret) | ({"VersionId": pending} if pending else {})


def _fail(_: Parameters) -> Parameters:
    raise RefusedError("InternalServiceError", "An error occurred on the server side.")


def _named(secret: _Secret) -> Parameters:
    return {"ARN": secret.arn, "Name": secret.name}


def _value(given: Parameters) -> Value:
    value: Value = {}
    if "SecretString" in given:
        value["SecretString"] = given["SecretString"]
    if "SecretBinary" in given:
        value["SecretBinary"] = b64decode(given["SecretBinary"])
    return value
