"""The ledger in DynamoDB: one item a mail, written before the provider's call and after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.aws.grouping import GroupedWrites
from formarelay.aws.ledger_entry import claimed, end_of_life, met, primary_key, seconds
from formarelay.claims import ClaimResult, MailIdentity, MailState
from formarelay.clock import Clock
from formarelay.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The names after the colon are those of the entry's attributes, as it is when the mail is new.
_CLAIM = (
    "SET #state = :state, claim_id = :claim_id, fingerprint = :fingerprint, "
    "relay_id = :relay_id, lease_until = :lease_until, expires_at = :expires_at, "
    "first_call_at = if_not_exists(first_call_at, :first_call_at) ADD attempts :attempts"
)
# OPEN and REFUSED are proven not accepted. Only a refused mail may come back corrected.
_CLAIMABLE = (
    "attribute_not_exists(pk) OR #state = :refused "
    "OR (#state = :open AND fingerprint = :fingerprint)"
)
_SETTLE = (
    "SET #state = :state, email_id = :email_id, lease_until = :lease_until, "
    "expires_at = :expires_at ADD attempts :correction"
)
_SETTLEABLE = "claim_id = :claim_id AND #state IN (:claimed, :unknown)"
# "state" is a reserved word in both of DynamoDB's languages.
_NAMES = {"#state": "state"}


class DynamoLedger:
    """Conditional writes that let one worker at a time call the provider for a mail.

    Safe to use from many threads and processes; the usual writes of threads that meet, a claim of
    a new mail and the settlement of a call, share a request. Every method raises `TransientError`
    when DynamoDB cannot answer; a claim that failed so may still have been written, and the next
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
        self._writes = GroupedWrites(client)

    def claim(self, mail: MailIdentity, *, lease_seconds: float) -> ClaimResult:
        """Takes the mail for one provider call that ends within `lease_seconds`, if it is free."""
        now = self._clock.wall()
        entry: dict[str, Any] = {
            "state": {"S": MailState.CLAIMED},
            "claim_id": {"S": self._new_claim_id()},
            "fingerprint": {"S": mail.fingerprint},
            "relay_id": {"S": mail.relay_id},
            "lease_until": seconds(now + lease_seconds),
            "expires_at": end_of_life(now),
            "first_call_at": seconds(now),
            "attempts": {"N": "1"},
        }
        item = {"pk": {"S": primary_key(mail)}, **entry}
        ours: ClaimResult = claimed(item)
        attributes = ", ".join(f"'{name}': ?" for name in item)
        try:
            return self._writes.write(
                f'INSERT INTO "{self._table_name}" VALUE {{{attributes}}}',
                list(item.values()),
                written=ours,
                alone=lambda: self._claim(mail, entry, now=now),
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("claim") from error

    def _claim(self, mail: MailIdentity, entry: dict[str, Any], *, now: float) -> ClaimResult:
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": primary_key(mail)}},
                UpdateExpression=_CLAIM,
                ConditionExpression=_CLAIMABLE,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":open": {"S": MailState.OPEN},
                    ":refused": {"S": MailState.REFUSED},
                    **{f":{name}": value for name, value in entry.items()},
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item: dict[str, Any] = refusal.response["Item"]  # type: ignore[typeddict-item]
            return met(item, mail=mail, claim_id=entry["claim_id"]["S"], now=now)
        return claimed(answer["Attributes"])

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
        outcome: dict[str, Any] = {
            "state": {"S": state},
            "email_id": {"S": email_id},
            "lease_until": seconds(now),
            "expires_at": end_of_life(now),
        }
        correction = 0 if attempt_counts else -1

        def alone() -> bool:
            return self._settle(mail, claim_id, outcome, correction=correction)

        try:
            if correction:
                return alone()
            assignments = " ".join(f'SET "{name}" = ?' for name in outcome)
            return self._writes.write(
                f'UPDATE "{self._table_name}" {assignments} '
                'WHERE pk = ? AND claim_id = ? AND "state" = ?',
                [
                    *outcome.values(),
                    {"S": primary_key(mail)},
                    {"S": claim_id},
                    {"S": MailState.CLAIMED},
                ],
                written=True,
                alone=alone,
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable("settle") from error

    def _settle(
        self, mail: MailIdentity, claim_id: str, outcome: dict[str, Any], *, correction: int
    ) -> bool:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": primary_key(mail)}},
                UpdateExpression=_SETTLE,
                ConditionExpression=_SETTLEABLE,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":claim_id": {"S": claim_id},
                    ":claimed": {"S": MailState.CLAIMED},
                    ":unknown": {"S": MailState.UNKNOWN},
                    ":correction": {"N": str(correction)},
                    **{f":{name}": value for name, value in outcome.items()},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _unavailable(operation: str) -> TransientError:
    return TransientError("the ledger cannot be reached", service="dynamodb", operation=operation)
