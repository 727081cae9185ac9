"""Every error of the layer, classified by what the caller does next.

FormaError
├── TransientError                try again later; nothing is known to be wrong with the request
│   ├── ConnectionFailedError     certainly not received by the service
│   ├── RateLimitedError          certainly not executed; wait `retry_after_seconds`
│   ├── LeaseLostError            somebody else works on it, or has taken it over
│   └── OutcomeUnknownError       may have been executed: look it up before repeating it
│       ├── ServerError           5xx
│       └── UnexpectedResponseError   a success status without the promised body
├── CredentialError               401: read the secret again, repeat once
├── PermissionDeniedError         403: the credential lacks a right; no repeat helps
├── QuotaExhaustedError           the plan's allowance is used up; not a rate limit
├── PermanentError                the request itself is wrong; never repeat it
│   ├── InvalidRequestError       400, 409, 413, 422
│   ├── NotFoundError             404
│   ├── KeyLimitError             no further key may be made before another one is revoked
│   ├── WebhookRefusedError       a delivery is not proven to come from the provider
│   ├── MalformedMessageError     our own SQS contract is broken
│   └── AttachmentRefusedError    a file that the message refers to cannot go with it
├── OperatorNeededError           only a person can do it; the text says what
├── SecretUnavailableError        a secret cannot be read and no good value is held
└── SettingsError                 the deployment is wrong; fail at cold start
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from msgspec import Struct


class Facts(TypedDict, total=False):
    """The keyword facts that every error takes; see `FormaError`."""

    service: str
    operation: str
    status: int | None
    code: str
    suggested_action: str


class FormaError(Exception):
    """Base of the hierarchy.

    Never carries a request body, a response body or a credential: `str()` and `repr()` are safe
    to log. `suggested_action` says in a sentence what the reader of the error can do.

    Args:
        detail: What happened, in one sentence, free of secrets.
        service: `forma-mail`, `formaloo` or an AWS service name; empty when none took part.
        operation: Verb and route without identifiers, as `POST emails/send`.
        status: HTTP status of the answer, None when there was none.
        code: The service's own error code, empty when it gave none.
        suggested_action: Instead of the class's own, where the code says more than the class.
    """

    suggested_action: str = "Look at the detail and the status; nothing more is known."

    def __init__(
        self,
        detail: str,
        *,
        service: str = "",
        operation: str = "",
        status: int | None = None,
        code: str = "",
        suggested_action: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.service = service
        self.operation = operation
        self.status = status
        self.code = code
        if suggested_action:
            self.suggested_action = suggested_action

    def __str__(self) -> str:
        facts = [self.service, self.operation, str(self.status or ""), self.code]
        known = " ".join(fact for fact in facts if fact)
        return f"{known}: {self.detail}" if known else self.detail


class TransientError(FormaError):
    """Trying again later may succeed."""

    suggested_action = "Try again later."


class ConnectionFailedError(TransientError):
    """No byte of the request reached the service: refused, unresolved, failed handshake."""

    suggested_action = "Check the base URL and the network; repeating is safe."


class RateLimit(Struct, frozen=True, kw_only=True):
    """What a service says of its rate limit. Each is None where it says nothing readable.

    Args:
        limit: Calls allowed a minute.
        remaining: Calls left in the present window.
        reset_at: Unix seconds, by the service's clock, when the allowance is whole again.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_at: float | None = None


class RateLimitedError(TransientError):
    """The service refused for its rate (429). The request was not executed."""

    suggested_action = "Wait for retry_after_seconds, then repeat; it was not executed."

    def __init__(
        self,
        detail: str,
        *,
        retry_after_seconds: float,
        rate_limit: RateLimit | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(detail, **facts)
        self.retry_after_seconds = retry_after_seconds
        self.rate_limit = rate_limit


class LeaseLostError(TransientError):
    """Somebody else works on the same thing, or has taken it over. Nothing was changed."""


class OutcomeUnknownError(TransientError):
    """The request was written, but no trustworthy answer came: it may have been executed."""

    suggested_action = "Find out whether it was executed before you repeat it."


class ServerError(OutcomeUnknownError):
    """A 5xx answer. Providers have accepted a mail and still answered 5xx."""


class UnexpectedResponseError(OutcomeUnknownError):
    """A success status whose body is not what the service promises."""

    suggested_action = "Find out whether it was executed; check the base URL."


class CredentialError(FormaError):
    """The credential was refused (401). The request was not executed."""

    suggested_action = "Check the credential and supply a valid one."


class PermissionDeniedError(FormaError):
    """The credential is valid but lacks the right (403). The request was not executed."""

    suggested_action = "Give the credential the permission that the call needs."


class QuotaExhaustedError(FormaError):
    """The plan's allowance is used up. The request was not executed."""

    suggested_action = "Raise the plan's allowance, or wait for its next period."


class PermanentError(FormaError):
    """The request itself is wrong. Repeating it cannot succeed."""

    suggested_action = "Correct the request; the same one cannot succeed."


class InvalidRequestError(PermanentError):
    """Refused for its content (400, 409, 413, 422). `problems` are the field faults it named."""

    suggested_action = "Correct the fields that problems names; the same request cannot succeed."

    def __init__(
        self, detail: str, *, problems: tuple[str, ...] = (), **facts: Unpack[Facts]
    ) -> None:
        super().__init__(detail, **facts)
        self.problems = problems


class NotFoundError(PermanentError):
    """The named thing does not exist (404)."""

    suggested_action = "Check the id: nothing has it, or it was deleted."


class KeyLimitError(PermanentError):
    """There are as many live keys as there may be. None was made."""

    suggested_action = "Revoke a key that nobody uses, then make the new one."


class WebhookRefusedError(PermanentError):
    """A webhook delivery that its signature or token does not prove, or that cannot be read."""

    suggested_action = "Answer 400 and do nothing; check that the secret is the subscription's."


class MalformedMessageError(PermanentError):
    """An SQS body breaks the message contract.

    Args:
        reason: A stable word for the dead letter's `reason` attribute, as `not_json`.
        detail: One sentence that names the field and the rule, never the field's value.
    """

    suggested_action = "Correct the message at its producer."

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class AttachmentRefusedError(PermanentError):
    """A file that a message refers to is not what it says, or not to be sent. Nothing was sent.

    Args:
        reason: A stable word for the dead letter's `reason` attribute, as `attachment_changed`.
        detail: One sentence that names neither the file nor its place.
    """

    suggested_action = "Put the file right, then replay the message."

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class OperatorNeededError(FormaError):
    """Only a person can do it. The text says what, step by step, and holds no secret."""

    suggested_action = "Do what the detail says."


class SecretUnavailableError(FormaError):
    """A secret cannot be read, or is not of the promised shape, and no good value is held."""

    suggested_action = "Store the secret in the promised shape and allow reading it."


class SettingsError(FormaError):
    """The environment of the function is incomplete or wrong; names every fault at once."""

    suggested_action = "Correct the settings that the detail names."
