"""The gate to a provider: one DynamoDB item that says to all workers until when nobody calls."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.clock import Clock
from formarelay.errors import TransientError
from formarelay.slots import Reservation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoGate:
    """Grants all calls while the gate is open and none while it is closed.

    It follows what the provider says and does not count calls itself. Shared by all workers, safe
    to use from many threads. Every method raises `TransientError` when DynamoDB cannot answer.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        provider: Names the gate, as `forma-mail`.
        clock: Its wall clock is compared between workers.
    """

    def __init__(
        self, client: DynamoDBClient, *, table_name: str, provider: str, clock: Clock
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._pk = f"gate#{provider}"
        self._clock = clock

    def reserve(self, wanted: int) -> Reservation:
        """Asks for `wanted` calls, all to be started now."""
        try:
            answer = self._client.get_item(
                TableName=self._table_name, Key={"pk": {"S": self._pk}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("reserve") from error
        item = answer.get("Item")
        if item is None:
            return Reservation(granted=wanted)
        wait_seconds = float(item["closed_until"]["N"]) - self._clock.wall()
        if wait_seconds <= 0:
            return Reservation(granted=wanted)
        return Reservation(granted=0, wait_seconds=wait_seconds, reason=item["reason"]["S"])

    def close(self, *, reason: str, seconds: float) -> None:
        """Closes the gate for `seconds` from now; never shortens a closure that stands."""
        until = Decimal(self._clock.wall() + seconds).quantize(Decimal("0.001"), ROUND_UP)
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": self._pk}},
                UpdateExpression="SET closed_until = :until, reason = :reason",
                ConditionExpression="attribute_not_exists(pk) OR closed_until < :until",
                ExpressionAttributeValues={":until": {"N": str(until)}, ":reason": {"S": reason}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("close") from error


def _unavailable(operation: str) -> TransientError:
    return TransientError("the gate cannot be reached", service="dynamodb", operation=operation)
