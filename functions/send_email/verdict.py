"""What each end of a provider call means, decided by proof of non-acceptance."""

from __future__ import annotations

from msgspec import Struct

from formarelay.claims import MailState
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
)
from formarelay.formamail.models import Accepted
from send_email.gated_rows import RowsPausedError
from send_email.outcome import HandedBack, Outcome, Sent, SetAside
from send_email.policy import (
    DEPENDENCY_SECONDS,
    MISSING_RIGHT_SECONDS,
    NO_QUOTA_SECONDS,
    REFUSED_KEY_SECONDS,
    backoff_seconds,
)


class Verdict(Struct, frozen=True, kw_only=True):
    """What to write into the ledger, and how the message leaves.

    Args:
        state: The mail's state from now on.
        outcome: How the message leaves the function.
        email_id: The provider's id, when it accepted.
        attempt_counts: Whether the provider may hold the call against this mail.
        gate_seconds: How long nobody should call, for the outcome's reason; 0 for not at all.
    """

    state: MailState
    outcome: Outcome
    email_id: str = ""
    attempt_counts: bool = True
    gate_seconds: float = 0.0


def accepted_verdict(accepted: Accepted, *, attempts: int) -> Verdict:
    """The provider took the mail, though perhaps for nobody."""
    if accepted.all_blocked:
        return refused(
            "recipients_blocked",
            "every recipient is on the provider's suppression list",
            attempts=attempts,
        )
    sent = Sent(
        email_id=accepted.email_id,
        attempts=attempts,
        how="call",
        blocked_recipients=len(accepted.blocked_recipients),
    )
    return Verdict(state=MailState.SENT, outcome=sent, email_id=accepted.email_id)


def failed_verdict(
    error: FormaError, *, attempts: int, settle_delay_seconds: float, jitter: float
) -> Verdict:
    """The call failed. What may be acceptance is UNKNOWN; everything unforeseen may be."""
    match error:
        case RateLimitedError():
            return _closed("throttled", error.retry_after_seconds, error, jitter)
        case CredentialError() | SecretUnavailableError():
            return _closed("key_refused", REFUSED_KEY_SECONDS, error, jitter)
        case PermissionDeniedError():
            return _closed("right_missing", MISSING_RIGHT_SECONDS, error, jitter)
        case QuotaExhaustedError():
            return _closed("quota_exhausted", NO_QUOTA_SECONDS, error, jitter)
        case ConnectionFailedError():
            wait_seconds = backoff_seconds(attempts, jitter=jitter)
            waiting = HandedBack(
                reason="not_connected", wait_seconds=wait_seconds, error=str(error)
            )
            return Verdict(state=MailState.OPEN, outcome=waiting)
        case PermanentError():
            return refused(_refusal_reason(error), str(error), attempts=attempts)
        case OutcomeUnknownError() | _:
            unknown = HandedBack(
                reason="outcome_unknown", wait_seconds=settle_delay_seconds, error=str(error)
            )
            return Verdict(state=MailState.UNKNOWN, outcome=unknown)


def variables_verdict(error: FormaError) -> Verdict:
    """A Formaloo row did not give the variables; the provider was not called."""
    reason = "variables_unavailable"
    if isinstance(error, PermanentError):
        return refused(reason, str(error), attempt_counts=False)
    wait_seconds = DEPENDENCY_SECONDS
    if isinstance(error, RowsPausedError):
        reason, wait_seconds = error.reason, error.wait_seconds
    waiting = HandedBack(reason=reason, wait_seconds=wait_seconds, error=str(error))
    return Verdict(state=MailState.OPEN, outcome=waiting, attempt_counts=False)


def refused(reason: str, detail: str, *, attempts: int = 0, attempt_counts: bool = True) -> Verdict:
    """Proven not accepted, and no repeat of the same message helps."""
    aside = SetAside(reason=reason, detail=detail, attempts=attempts)
    return Verdict(state=MailState.REFUSED, outcome=aside, attempt_counts=attempt_counts)


def _closed(reason: str, seconds: float, error: FormaError, jitter: float) -> Verdict:
    # Spread over half as long again, so that not all come back at the same instant.
    waiting = HandedBack(reason=reason, wait_seconds=seconds * (1 + jitter / 2), error=str(error))
    return Verdict(
        state=MailState.OPEN, outcome=waiting, attempt_counts=False, gate_seconds=seconds
    )


def _refusal_reason(error: PermanentError) -> str:
    """The provider's own code, else its status, else ours."""
    if error.code:
        return error.code.lower()
    return f"status_{error.status}" if error.status else "invalid_request"
