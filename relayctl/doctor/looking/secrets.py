"""Secrets, by Secrets Manager. Values are read for their shape, and shown to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from formarelay.aws.secrets import SecretReader, SecretValue
from formarelay.errors import SecretUnavailableError
from relayctl.advice import is_forbidden
from relayctl.doctor.fact import UnseenError
from relayctl.doctor.looking.asking import asking
from relayctl.doctor.models import SecretFacts, ShapeFacts, VersionFacts
from relayctl.doctor.policy import Statement, statements

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_NO_VALUE = "ResourceNotFoundException"


def secret_facts(client: SecretsManagerClient, *, arn: str) -> SecretFacts:
    """Raises `UnseenError`, as all in this module."""
    with asking(client, "the secret"):
        return _read_secret(client.describe_secret(SecretId=arn))


def _read_secret(secret: Mapping[str, Any]) -> SecretFacts:
    rules = secret.get("RotationRules", {})
    return SecretFacts(
        arn=secret["ARN"],
        deleted_at=_time(secret.get("DeletedDate")),
        rotation_enabled=secret.get("RotationEnabled", False),
        rotation_function_arn=secret.get("RotationLambdaARN", ""),
        rotation_days=rules.get("AutomaticallyAfterDays"),
        next_rotation_at=_time(secret.get("NextRotationDate")),
    )


def secret_policy(client: SecretsManagerClient, *, arn: str) -> tuple[Statement, ...]:
    with asking(client, "the secret"):
        answer = client.get_resource_policy(SecretId=arn)
        return statements(answer.get("ResourcePolicy"))


def versions_of(client: SecretsManagerClient, *, arn: str) -> tuple[VersionFacts, ...]:
    with asking(client, "the secret"):
        page = client.list_secret_version_ids(SecretId=arn)
        versions = list(page.get("Versions", []))
        while page.get("NextToken"):
            page = client.list_secret_version_ids(SecretId=arn, NextToken=page["NextToken"])
            versions += page.get("Versions", [])
        return tuple(
            VersionFacts(
                version_id=version.get("VersionId", ""),
                stages=tuple(version.get("VersionStages", ())),
                created_at=_time(version.get("CreatedDate")),
            )
            for version in versions
        )


def secret_value(reader: SecretReader, *, arn: str) -> SecretValue:
    """The present value, for its shape and for calls with it.

    Raises:
        UnseenError: It cannot be read by us.
        SecretUnavailableError: There is none, or it is no JSON object.
    """
    try:
        return reader.get(arn)
    except SecretUnavailableError as error:
        if is_forbidden(error.code):
            needed = "needs the permission secretsmanager:GetSecretValue"
            raise UnseenError(needed) from error
        if isinstance(error.__cause__, BotoCoreError) or error.code not in ("", _NO_VALUE):
            raise UnseenError(f"{error.detail} ({error.code})") from error
        raise


def shape_facts(reader: SecretReader, *, arn: str) -> ShapeFacts:
    try:
        value = secret_value(reader, arn=arn)
    except SecretUnavailableError as error:
        has_none = error.code == _NO_VALUE
        return ShapeFacts(problem="has no value" if has_none else "is not a JSON object")
    return ShapeFacts(
        fields=frozenset(name for name, text in value.fields.items() if text.reveal().strip())
    )


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
