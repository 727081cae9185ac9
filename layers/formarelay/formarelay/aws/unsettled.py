"""The ledger's open questions: entries whose call ended, and whose outcome nobody wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.aws.ledger_entry import end_of_life, seconds
from formarelay.claims import MailState, Unsettled, UnsettledPage
from formarelay.clock import Clock
from formarelay.errors import TransientError, UnexpectedResponseError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB ends a page at 1 MB by itself; some 3,000 entries.
PAGE_ITEMS = 5000
_POSITION = {"pk": {"S": "sweep#position"}}
_SAME_CALL = "claim_id = :claim_id AND #state IN (:claimed, :unknown)"


class DynamoUnsettled:
    """Finds unsettled mails in the State table and settles them, beside workers who may, too.

    Each write names the claim in question, and changes nothing once a worker has settled it or
    claimed the mail anew. Every method raises `TransientError` when DynamoDB cannot answer.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        clock: Its wall clock stamps what is written.
        page_items: How many entries a page looks at.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str,
        clock: Clock,
        page_items: int = PAGE_ITEMS,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._clock = clock
        self._page_items = page_items

    def page(self, *, position: str, quiet_since: float) -> UnsettledPage:
        """The next part of the table: mails of which nobody has written since that long.

        Args:
            position: Of the page before; empty for the beginning.
            quiet_since: Unix seconds. Later calls are left to the redelivery of their message.

        Raises:
            UnexpectedResponseError: An entry is not of a form that this version knows.
        """
        start: Any = {"ExclusiveStartKey": {"pk": {"S": position}}} if position else {}
        try:
            answer = self._client.scan(
                TableName=self._table_name,
                Limit=self._page_items,
                FilterExpression=(
                    "begins_with(pk, :mail) AND #state IN (:claimed, :unknown) "
                    "AND lease_until < :quiet_since"
                ),
                ProjectionExpression=(
                    "pk, relay_id, claim_id, first_call_at, lease_until, attempts, absent_claim_id"
                ),
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":mail": {"S": "mail#"},
                    ":claimed": {"S": MailState.CLAIMED},
                    ":unknown": {"S": MailState.UNKNOWN},
                    ":quiet_since": seconds(quiet_since),
                },
                **start,
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("Scan") from error
        return UnsettledPage(
            mails=tuple(_unsettled(item) for item in answer["Items"]),
            position=answer["LastEvaluatedKey"]["pk"]["S"] if "LastEvaluatedKey" in answer else "",
        )

    def settle(self, mail: Unsettled, *, state: MailState, email_id: str = "") -> bool:
        """Writes what a look-up found out: SENT, or OPEN when absence is proven.

        Returns False, and changes nothing, when a worker was first.
        """
        now = self._clock.wall()
        return self._write(
            mail,
            update=(
                "SET #state = :state, email_id = :email_id, lease_until = :now, "
                "expires_at = :expires_at"
            ),
            values={
                ":state": {"S": state},
                ":email_id": {"S": email_id},
                ":now": seconds(now),
                ":expires_at": end_of_life(now),
            },
        )

    def note_absence(self, mail: Unsettled) -> bool:
        """Writes that the mail is not in the provider's list, and that a person decides.

        Holds for this call of it alone. Returns False as `settle` does.
        """
        # A call of CLAIMED whose lease ended long ago is as unknown as one that said so.
        return self._write(
            mail, update="SET #state = :unknown, absent_claim_id = :claim_id", values={}
        )

    def position(self) -> str:
        """Where the last round stopped looking; empty when it came to the end."""
        try:
            answer = self._client.get_item(TableName=self._table_name, Key=_POSITION)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("GetItem") from error
        return answer.get("Item", {}).get("after", {}).get("S", "")

    def save_position(self, position: str) -> None:
        """Keeps it for the next round."""
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_POSITION,
                UpdateExpression="SET #after = :after",
                ExpressionAttributeNames={"#after": "after"},
                ExpressionAttributeValues={":after": {"S": position}},
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("UpdateItem") from error

    def _write(self, mail: Unsettled, *, update: str, values: Mapping[str, Any]) -> bool:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": mail.entry}},
                UpdateExpression=update,
                ConditionExpression=_SAME_CALL,
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":claim_id": {"S": mail.claim_id},
                    ":claimed": {"S": MailState.CLAIMED},
                    ":unknown": {"S": MailState.UNKNOWN},
                    **values,
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("UpdateItem") from error
        return True


def _unsettled(item: Mapping[str, Any]) -> Unsettled:
    try:
        return Unsettled(
            entry=item["pk"]["S"],
            relay_id=item["relay_id"]["S"],
            claim_id=item["claim_id"]["S"],
            first_call_at=float(item["first_call_at"]["N"]),
            last_call_at=float(item["lease_until"]["N"]),
            attempts=int(item["attempts"]["N"]),
            is_absent=item.get("absent_claim_id") == item["claim_id"],
        )
    except (KeyError, ValueError) as error:
        raise UnexpectedResponseError(
            "the ledger holds an entry that this version cannot read",
            service="dynamodb",
            operation="Scan",
        ) from error


def _unavailable(operation: str) -> TransientError:
    return TransientError("the ledger cannot be reached", service="dynamodb", operation=operation)
