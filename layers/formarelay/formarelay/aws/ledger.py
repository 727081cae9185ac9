"""The ledger in DynamoDB: one item a mail, written before the provider's call and after it.

Item: `pk` (`mail#` and a hash of the key), `state`, `claim_id`, `fingerprint`, `relay_id`,
`attempts`, `first_call_at`, `lease_until`, `email_id`, `expires_at`. Hashes and ids only: no
address, no content.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.claims import (
    AlreadySettled,
    Claimed,
    ClaimResult,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    Uncertain,
)
from formarelay.clock import Clock
from formarelay.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# 14 days on the queue, 14 in the dead-letter queue, and as long again for a late replay.
LIFE_SECONDS = 45 * 24 * 3600

_CLAIM = (
    "SET #state = :claimed, claim_id = :claim_id, fingerprint = :fingerprint, "
    "relay_id = :relay_id, lease_until = :lease_until, expires_at = :expires_at, "
    "first_call_at = if_not_exists(first_call_at, :now) ADD attempts :one"
)
# OPEN and REFUSED are proven not accepted. Only a refused mail may come back corrected.
_CLAIMABLE = (
    "attribute_not_exists(pk) OR #state = :refused "
    "OR (#state = :open AND fingerprint = :fingerprint)"
)


class DynamoLedger:
    """Conditional writes that let one worker at a time call the provider for a mail.

    Safe to use from many threads and processes. Every method raises `TransientError` when
    DynamoDB cannot answer; a claim that failed so may still have been written, and the next
    delivery then meets it as `InFlight` or `Uncertain`, never as free.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        clock: Its wall clock is compared between workers, so leases need a margin for skew.
        new_claim_id: Makes a name that no other claim has.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str,
        clock: Clock,
        new_claim_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._clock = clock
        self._new_claim_id = new_claim_id

    def claim(self, mail: MailIdentity, *, lease_seconds: float) -> ClaimResult:
        """Takes the mail for one provider call that ends within `lease_seconds`, if it is free."""
        now = self._clock.wall()
        claim_id = self._new_claim_id()
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=_key(mail),
                UpdateExpression=_CLAIM,
                ConditionExpression=_CLAIMABLE,
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":open": {"S": MailState.OPEN},
                    ":refused": {"S": MailState.REFUSED},
                    ":claimed": {"S": MailState.CLAIMED},
                    ":claim_id": {"S": claim_id},
                    ":fingerprint": {"S": mail.fingerprint},
                    ":relay_id": {"S": mail.relay_id},
                    ":lease_until": _number(now + lease_seconds),
                    ":expires_at": {"N": str(int(now) + LIFE_SECONDS)},
                    ":now": _number(now),
                    ":one": {"N": "1"},
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item: dict[str, Any] = refusal.response["Item"]  # type: ignore[typeddict-item]
            return _read(item, mail=mail, claim_id=claim_id, now=now)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("claim") from error
        return _claimed(answer["Attributes"])

    def settle(
        self,
        mail: MailIdentity,
        *,
        claim_id: str,
        state: MailState,
        email_id: str = "",
        attempt_counts: bool = True,
    ) -> bool:
        """Writes how the claimed call ended, or what a look-up found out about it.

        Returns False, and changes nothing, when the claim was settled before by a known outcome,
        or somebody else has claimed the mail since.

        Args:
            mail: The mail that was claimed.
            claim_id: From `Claimed`, or from `Uncertain` when a look-up settles it. A look-up that
                proves absence settles it as OPEN.
            state: Any state but CLAIMED.
            email_id: The provider's id, when it accepted.
            attempt_counts: False for a call that the provider throttled, and for none at all.
        """
        now = self._clock.wall()
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(mail),
                UpdateExpression=(
                    "SET #state = :state, email_id = :email_id, lease_until = :now, "
                    "expires_at = :expires_at ADD attempts :correction"
                ),
                ConditionExpression="claim_id = :claim_id AND #state IN (:claimed, :unknown)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":state": {"S": state},
                    ":claimed": {"S": MailState.CLAIMED},
                    ":unknown": {"S": MailState.UNKNOWN},
                    ":email_id": {"S": email_id},
                    ":claim_id": {"S": claim_id},
                    ":now": _number(now),
                    ":expires_at": {"N": str(int(now) + LIFE_SECONDS)},
                    ":correction": {"N": "0" if attempt_counts else "-1"},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("settle") from error
        return True


def _read(item: dict[str, Any], *, mail: MailIdentity, claim_id: str, now: float) -> ClaimResult:
    if item["claim_id"]["S"] == claim_id:
        # botocore repeats a write whose answer was lost, and then meets its own first try.
        return _claimed(item)
    if item["fingerprint"]["S"] != mail.fingerprint:
        return Conflicting()
    state = MailState(item["state"]["S"])
    attempts = int(item["attempts"]["N"])
    lease_until = float(item["lease_until"]["N"])
    if state in (MailState.SENT, MailState.EXPIRED):
        email_id = item.get("email_id", {}).get("S", "")
        return AlreadySettled(state=state, email_id=email_id, attempts=attempts)
    if state is MailState.CLAIMED and lease_until > now:
        return InFlight(lease_seconds=lease_until - now)
    return Uncertain(
        claim_id=item["claim_id"]["S"],
        first_call_at=float(item["first_call_at"]["N"]),
        last_call_at=lease_until,
        attempts=attempts,
    )


def _claimed(item: Mapping[str, Any]) -> Claimed:
    return Claimed(
        claim_id=item["claim_id"]["S"],
        attempts=int(item["attempts"]["N"]),
        lease_until=float(item["lease_until"]["N"]),
    )


def _key(mail: MailIdentity) -> dict[str, Any]:
    digest = hashlib.sha256(mail.key.encode()).hexdigest()
    return {"pk": {"S": f"mail#{digest}"}}


def _number(value: float) -> dict[str, str]:
    return {"N": str(Decimal(value).quantize(Decimal("0.001")))}


def _unavailable(operation: str) -> TransientError:
    return TransientError("the ledger cannot be reached", service="dynamodb", operation=operation)
