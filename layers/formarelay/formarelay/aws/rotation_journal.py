"""The journal of rotations in DynamoDB: one item a provider, and one for each rotation that ended.

Item of the open rotation: `pk` (`rotation#` and the provider), `fence`, `lease_until`, and the
fields of `RotationEntry` while there is one. Item of an ended one: `pk` (the same, `#` and the
token), those fields, `ending`, `ended_at`, `expires_at`. Ids, names and instants only, never a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.clock import Clock
from formarelay.errors import LeaseLostError, TransientError
from formarelay.rotation import Ending, Lease, RotationEntry, Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than a year, so that an audit of the last one finds every rotation.
HISTORY_SECONDS = 400 * 24 * 3600

_FIELDS = RotationEntry.__struct_fields__
# Some of them are words of DynamoDB's, so each goes by a placeholder.
_NAMES = (*_FIELDS, "fence", "lease_until")


class DynamoRotationJournal:
    """One worker at a time writes, and one that was overtaken cannot.

    Every method raises `TransientError` when DynamoDB cannot answer; a write that failed so may
    still have been made.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        clock: Its wall clock is compared between workers.
    """

    def __init__(self, client: DynamoDBClient, *, table_name: str, clock: Clock) -> None:
        self._client = client
        self._table_name = table_name
        self._clock = clock

    def take(self, provider: str, *, lease_seconds: float) -> Lease | None:
        """The lease and the open rotation; None while another lease holds.

        Args:
            provider: As `forma-mail`.
            lease_seconds: After this long anybody may take it, as from a worker that died.
        """
        now = self._clock.wall()
        answer = self._update(
            f"rotation#{provider}",
            "SET #lease_until = :until ADD #fence :one",
            "attribute_not_exists(#lease_until) OR #lease_until < :now",
            {":until": _number(now + lease_seconds), ":now": _number(now), ":one": {"N": "1"}},
        )
        if answer is None:
            return None
        return Lease(provider=provider, fence=int(answer["fence"]["N"]), entry=_entry(answer))

    def write(self, lease: Lease, entry: RotationEntry) -> None:
        """Makes this the open rotation. Raises `LeaseLostError` when the lease was overtaken."""
        sets, values = _assignments(entry)
        self._under(lease, f"SET {sets}", values)

    def end(self, lease: Lease, entry: RotationEntry, *, ending: Ending) -> None:
        """Files the rotation under its token, and leaves none open. Raises as `write`.

        A worker that dies between the two leaves it open, and the next one files it again.
        """
        now = self._clock.wall()
        sets, values = _assignments(entry)
        self._update(
            f"rotation#{lease.provider}#{entry.token}",
            f"SET {sets}, ending = :ending, ended_at = :now, expires_at = :expires_at",
            "attribute_not_exists(ending) OR ending = :ending",
            values
            | {
                ":ending": {"S": ending},
                ":now": _number(now),
                ":expires_at": {"N": str(int(now) + HISTORY_SECONDS)},
            },
        )
        self._under(lease, f"REMOVE {', '.join(f'#{name}' for name in _FIELDS)}", {})

    def release(self, lease: Lease) -> None:
        """Lets others take the lease at once. Does nothing when somebody has."""
        self._update(
            f"rotation#{lease.provider}",
            "SET #lease_until = :zero",
            "#fence = :fence",
            {":zero": _number(0), ":fence": _number(lease.fence)},
        )

    def _under(self, lease: Lease, update: str, values: dict[str, Any]) -> None:
        fenced = values | {":fence": _number(lease.fence)}
        if self._update(f"rotation#{lease.provider}", update, "#fence = :fence", fenced) is None:
            raise LeaseLostError(
                f"another worker has taken over the rotation of {lease.provider}",
                service="dynamodb",
            )

    def _update(
        self, key: str, update: str, condition: str, values: dict[str, Any]
    ) -> Mapping[str, Any] | None:
        """The item after the update; None when the condition does not hold."""
        names = {f"#{name}": name for name in _NAMES if f"#{name}" in update + condition}
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ExpressionAttributeNames=names,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except (BotoCoreError, ClientError) as error:
            raise TransientError(
                "the journal of rotations cannot be reached",
                service="dynamodb",
                operation="UpdateItem",
            ) from error
        return answer["Attributes"]


def _assignments(entry: RotationEntry) -> tuple[str, dict[str, Any]]:
    """Every field, so that nothing of an earlier rotation stays."""
    values = {f":{name}": _value(getattr(entry, name)) for name in _FIELDS}
    return ", ".join(f"#{name} = :{name}" for name in _FIELDS), values


def _value(value: object) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple):
        return {"L": [{"S": item} for item in value]}
    return {"S": str(value)}


def _entry(item: Mapping[str, Any]) -> RotationEntry | None:
    if "token" not in item:
        return None
    fields = {name: _read(item[name]) for name in _FIELDS if name in item}
    return RotationEntry(**{**fields, "stage": Stage(fields["stage"])})


def _read(value: Mapping[str, Any]) -> Any:
    if "N" in value:
        return float(value["N"])
    if "L" in value:
        return tuple(item["S"] for item in value["L"])
    return value.get("S")


def _number(value: float) -> dict[str, str]:
    # Thousandths: DynamoDB takes no binary fractions.
    return {"N": str(Decimal(value).quantize(Decimal("0.001")))}
