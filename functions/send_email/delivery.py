"""One mail: claim it, call the provider, write down what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable

from formarelay.claims import (
    AlreadySettled,
    Claimed,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    Uncertain,
)
from formarelay.clock import Clock
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    OutcomeUnknownError,
    PermanentError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    SecretUnavailableError,
    TransientError,
)
from formarelay.formamail.models import Accepted
from formarelay.message import EmailMessage
from send_email.outcome import Expired, HandedBack, Outcome, Sent, SetAside
from send_email.policy import (
    DEPENDENCY_SECONDS,
    MISSING_RIGHT_SECONDS,
    NO_QUOTA_SECONDS,
    REFUSED_KEY_SECONDS,
    OnUnknown,
    SendPolicy,
    backoff_seconds,
)
from send_email.ports import Ledger, Limiter, MailProvider, RowSource
from send_email.reconciliation import Absent, Found, Unprovable, look_up
from send_email.request import MissingVariableError, build_request, variables_of


class Delivery:
    """Delivers one mail at most once, whatever happened at earlier deliveries of its message.

    Safe to use from many threads when its collaborators are.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        provider: MailProvider,
        rows: RowSource,
        limiter: Limiter,
        policy: SendPolicy,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ledger = ledger
        self._provider = provider
        self._rows = rows
        self._limiter = limiter
        self._policy = policy
        self._clock = clock
        self._jitter = jitter

    def deliver(
        self,
        mail: MailIdentity,
        message: EmailMessage,
        *,
        remaining_seconds: Callable[[], float],
    ) -> Outcome:
        """Sends the mail, or says why not. Raises nothing of `formarelay.errors`."""
        if not self._policy.has_time(remaining_seconds()):
            return HandedBack(reason="no_time", wait_seconds=0)
        try:
            claim = self._ledger.claim(mail, lease_seconds=self._policy.lease_seconds)
            if isinstance(claim, Uncertain):
                resolved = self._reconcile(mail, message, claim)
                if not isinstance(resolved, Claimed):
                    return resolved
                claim = resolved
        except FormaError as error:
            return _wait_for("dependency_failed", DEPENDENCY_SECONDS, error)
        if not isinstance(claim, Claimed):
            return _not_ours(claim)
        return self._send(mail, message, claim)

    def _reconcile(
        self, mail: MailIdentity, message: EmailMessage, uncertain: Uncertain
    ) -> Outcome | Claimed:
        settled_at = uncertain.last_call_at + self._policy.settle_delay_seconds
        wait_seconds = settled_at - self._clock.wall()
        if wait_seconds > 0:
            return HandedBack(reason="outcome_unknown", wait_seconds=wait_seconds)
        finding = look_up(
            self._provider,
            mail,
            message,
            since=uncertain.first_call_at - self._policy.clock_skew_seconds,
        )
        if isinstance(finding, Found):
            self._ledger.settle(
                mail,
                claim_id=uncertain.claim_id,
                state=MailState.SENT,
                email_id=finding.email_id,
            )
            return Sent(email_id=finding.email_id, attempts=uncertain.attempts, how="lookup")
        if isinstance(finding, Unprovable):
            return _held(finding.reason, uncertain)
        if isinstance(finding, Absent) and self._policy.on_unknown is OnUnknown.HOLD:
            return _held("the mail is not in the provider's list, and OnUnknown is hold", uncertain)
        retaken = self._ledger.take_over(mail, uncertain, lease_seconds=self._policy.lease_seconds)
        if isinstance(retaken, Uncertain):
            return HandedBack(reason="in_flight", wait_seconds=DEPENDENCY_SECONDS)
        return retaken if isinstance(retaken, Claimed) else _not_ours(retaken)

    def _send(self, mail: MailIdentity, message: EmailMessage, claim: Claimed) -> Outcome:
        if message.expires_at and message.expires_at.timestamp() <= self._clock.wall():
            return self._settled(mail, claim, MailState.EXPIRED, Expired(), attempt_counts=False)
        try:
            variables = variables_of(message, self._rows)
        except (PermanentError, MissingVariableError) as error:
            refused = SetAside(reason="variables_unavailable", detail=str(error))
            return self._settled(mail, claim, MailState.REFUSED, refused, attempt_counts=False)
        except FormaError as error:
            waiting = _wait_for("variables_unavailable", DEPENDENCY_SECONDS, error)
            return self._settled(mail, claim, MailState.OPEN, waiting, attempt_counts=False)
        try:
            accepted = self._provider.send(build_request(message, mail, variables))
        except FormaError as error:
            return self._failed(mail, claim, error)
        return self._accepted(mail, claim, accepted)

    def _accepted(self, mail: MailIdentity, claim: Claimed, accepted: Accepted) -> Outcome:
        if accepted.all_blocked:
            blocked = SetAside(
                reason="recipients_blocked",
                detail="every recipient is on the provider's suppression list",
                attempts=claim.attempts,
            )
            return self._settled(mail, claim, MailState.REFUSED, blocked)
        sent = Sent(
            email_id=accepted.email_id,
            attempts=claim.attempts,
            how="call",
            blocked_recipients=len(accepted.blocked_recipients),
        )
        return self._settled(mail, claim, MailState.SENT, sent, email_id=accepted.email_id)

    def _failed(self, mail: MailIdentity, claim: Claimed, error: FormaError) -> Outcome:
        """Decides by proof of non-acceptance: only an outcome that may be acceptance is UNKNOWN."""
        match error:
            case RateLimitedError():
                return self._closed(mail, claim, error, "throttled", error.retry_after_seconds)
            case CredentialError() | SecretUnavailableError():
                return self._closed(mail, claim, error, "key_refused", REFUSED_KEY_SECONDS)
            case PermissionDeniedError():
                return self._closed(mail, claim, error, "right_missing", MISSING_RIGHT_SECONDS)
            case QuotaExhaustedError():
                return self._closed(mail, claim, error, "quota_exhausted", NO_QUOTA_SECONDS)
            case ConnectionFailedError():
                wait_seconds = backoff_seconds(claim.attempts, jitter=self._jitter())
                waiting = _wait_for("not_connected", wait_seconds, error)
                return self._settled(mail, claim, MailState.OPEN, waiting)
            case PermanentError():
                reason = error.code.lower() or f"status_{error.status}"
                refused = SetAside(reason=reason, detail=str(error), attempts=claim.attempts)
                return self._settled(mail, claim, MailState.REFUSED, refused)
            case OutcomeUnknownError() | _:
                unknown = _wait_for("outcome_unknown", self._policy.settle_delay_seconds, error)
                return self._settled(mail, claim, MailState.UNKNOWN, unknown)

    def _closed(
        self, mail: MailIdentity, claim: Claimed, error: FormaError, reason: str, seconds: float
    ) -> Outcome:
        try:
            self._limiter.close(reason=reason, seconds=seconds)
        except TransientError as close_error:
            error = close_error
        # Spread over half as long again, so that not all come back at the same instant.
        waiting = _wait_for(reason, seconds * (1 + self._jitter() / 2), error)
        return self._settled(mail, claim, MailState.OPEN, waiting, attempt_counts=False)

    def _settled(
        self,
        mail: MailIdentity,
        claim: Claimed,
        state: MailState,
        outcome: Outcome,
        *,
        email_id: str = "",
        attempt_counts: bool = True,
    ) -> Outcome:
        try:
            self._ledger.settle(
                mail,
                claim_id=claim.claim_id,
                state=state,
                email_id=email_id,
                attempt_counts=attempt_counts,
            )
        except TransientError:
            # What is known to have happened stands. The entry stays claimed, and whoever meets it
            # after the lease asks the provider.
            return outcome
        return outcome


def _not_ours(claim: AlreadySettled | InFlight | Conflicting) -> Outcome:
    match claim:
        case AlreadySettled(state=MailState.EXPIRED):
            return Expired()
        case AlreadySettled():
            return Sent(email_id=claim.email_id, attempts=claim.attempts, how="ledger")
        case InFlight():
            return HandedBack(reason="in_flight", wait_seconds=claim.lease_seconds)
        case Conflicting():
            return SetAside(
                reason="idempotency_key_reused",
                detail="idempotencyKey was used before for a mail with other content",
            )


def _held(reason: str, uncertain: Uncertain) -> SetAside:
    return SetAside(reason="outcome_unknown", detail=reason, attempts=uncertain.attempts)


def _wait_for(reason: str, seconds: float, error: FormaError) -> HandedBack:
    return HandedBack(reason=reason, wait_seconds=seconds, error=str(error))
