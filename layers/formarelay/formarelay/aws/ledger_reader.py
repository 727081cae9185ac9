"""A look at the ledger that changes nothing: what it says of mails, for people and their tools."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.aws.ledger_entry import primary_key
from formarelay.claims import MailIdentity, MailState
from formarelay.errors import TransientError, UnexpectedResponseError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Amazon DynamoDB, BatchGetItem: 100 keys a call.
_BATCH_KEYS = 100
# DynamoDB leaves keys out of its answer when it throttles; waits of 0.1, 0.2, 0.4 … seconds.
_ROUNDS = 6
_FIRST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What the ledger holds of one mail.

    Args:
        state: Where the mail stands.
        fingerprint: SHA-256 of the content that was claimed last, in hex.
        attempts: Provider calls so far.
        first_call_at: Unix seconds since which the provider may have accepted the mail.
        lease_until: Unix seconds; while CLAIMED, a worker may be calling until then. Else when
            the last call was settled.
        email_id: The provider's id; empty unless it is known.
    """

    state: MailState
    fingerprint: str
    attempts: int
    first_call_at: float
    lease_until: float
    email_id: str = ""


class LedgerReader:
    """Reads entries of the State table, consistently, and never writes.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        sleep: Waits that many seconds before keys are asked for again.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._sleep = sleep

    def entries(self, mails: Iterable[MailIdentity]) -> dict[str, LedgerEntry]:
        """The entries of these mails by `MailIdentity.key`; mails without an entry are left out.

        Each entry is at least as new as the call. An entry whose life has ended counts for as
        long as DynamoDB keeps it, as it does for the claim of a worker.

        Raises:
            TransientError: DynamoDB cannot answer; `code` is its error code if it gave one, and
                the cause is botocore's error.
            UnexpectedResponseError: An entry is not of a form that this version knows.
        """
        keys = {primary_key(mail): mail.key for mail in mails}
        wanted = list(keys)
        found: dict[str, LedgerEntry] = {}
        for start in range(0, len(wanted), _BATCH_KEYS):
            for item in self._batch(wanted[start : start + _BATCH_KEYS]):
                found[keys[item["pk"]["S"]]] = _entry(item)
        return found

    def _batch(self, primary_keys: list[str]) -> list[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = []
        asked: Any = {
            self._table_name: {
                "Keys": [{"pk": {"S": key}} for key in primary_keys],
                "ConsistentRead": True,
            }
        }
        for attempt in range(_ROUNDS):
            if attempt:
                self._sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                answer = self._client.batch_get_item(RequestItems=asked)
            except ClientError as error:
                raise _unavailable(error.response.get("Error", {}).get("Code", "")) from error
            except BotoCoreError as error:
                raise _unavailable("") from error
            items += answer["Responses"].get(self._table_name, [])
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return items
        raise _unavailable("UnprocessedKeys")


def _entry(item: Mapping[str, Any]) -> LedgerEntry:
    try:
        return LedgerEntry(
            state=MailState(item["state"]["S"]),
            fingerprint=item["fingerprint"]["S"],
            attempts=int(item["attempts"]["N"]),
            first_call_at=float(item["first_call_at"]["N"]),
            lease_until=float(item["lease_until"]["N"]),
            email_id=item.get("email_id", {}).get("S", ""),
        )
    except (KeyError, ValueError) as error:
        raise UnexpectedResponseError(
            "the ledger holds an entry that this version cannot read",
            service="dynamodb",
            operation="BatchGetItem",
        ) from error


def _unavailable(code: str) -> TransientError:
    return TransientError(
        "the ledger cannot be read", service="dynamodb", operation="BatchGetItem", code=code
    )
