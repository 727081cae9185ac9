"""The state table, by DynamoDB, and the item in it that all workers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from formarelay.aws.window_store import WindowStore
from formarelay.errors import TransientError
from formarelay.window import Read
from formarelay.window.fields import CAP, GATE
from formarelay.window.gate import Gate
from relayctl.doctor.looking.asking import asking
from relayctl.doctor.models import TableFacts, WindowFacts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def table_facts(client: DynamoDBClient, *, name: str) -> TableFacts:
    """Raises `UnseenError`, as all in this module."""
    with asking(client, "the state table"):
        table = client.describe_table(TableName=name)["Table"]
        return TableFacts(
            status=table.get("TableStatus", ""),
            on_demand=table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST",
            encrypted=table.get("SSEDescription", {}).get("Status") in ("ENABLED", "UPDATING"),
        )


def expiry_attribute(client: DynamoDBClient, *, name: str) -> str:
    with asking(client, "the state table"):
        answer = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        is_on = answer.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        return answer.get("AttributeName", "") if is_on else ""


def has_recovery(client: DynamoDBClient, *, name: str) -> bool:
    with asking(client, "the state table"):
        answer = client.describe_continuous_backups(TableName=name)
        recovery: Mapping[str, Any] = answer["ContinuousBackupsDescription"].get(
            "PointInTimeRecoveryDescription", {}
        )
        return recovery.get("PointInTimeRecoveryStatus") == "ENABLED"


def window_facts(client: DynamoDBClient, *, table: str, provider: str) -> WindowFacts:
    store = WindowStore(client, table_name=table, provider=provider)
    with asking(client, "the shared window"):
        try:
            fields = store.answer(Read()).fields or {}
        except TransientError as error:
            # What DynamoDB said, which knows the missing permission.
            raise error.__cause__ or error from None
        cap, gate = fields.get(CAP), Gate.parse(fields.get(GATE))
        return WindowFacts(
            learned_limit=None if cap is None else int(str(cap).split(" ")[0]),
            gate_reason=gate.reason if gate else "",
            gate_closed_until=gate.closed_until_ms / 1000 if gate else 0.0,
        )
