"""Every error code that Forma Mail documents: which error it becomes, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from formarelay.errors import (
    CredentialError,
    FormaError,
    InvalidRequestError,
    PermissionDeniedError,
    RateLimitedError,
)

_SEED = "API reference, Authentication"
_VALIDATION = "documentation, Error handling"
_LIMITS = "documentation, Error codes"
_QUOTAS = "documentation, Limits and quotas"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedCode:
    """One code of the provider.

    Args:
        code: As it stands in the body.
        status: HTTP status that comes with it; the status alone decides the error's class.
        error: The class of the error.
        meaning: What the provider says by it.
        action: What the reader of the error can do.
        source: Where it is documented.
    """

    code: str
    status: int
    error: type[FormaError]
    meaning: str
    action: str
    source: str


def _credential(code: str, meaning: str, action: str) -> DocumentedCode:
    return DocumentedCode(
        code=code, status=401, error=CredentialError, meaning=meaning, action=action, source=_SEED
    )


def _limit(number: int, meaning: str, action: str) -> DocumentedCode:
    return DocumentedCode(
        code=f"ERR_LIMIT_{number:03}",
        status=400,
        error=InvalidRequestError,
        meaning=f"The generated file has {meaning}",
        action=action,
        source=_LIMITS,
    )


DOCUMENTED_CODES = (
    _credential(
        "UNAUTHORIZED",
        "No API key came with the call",
        "Send the key as Authorization: Bearer; look for a proxy that removes the header.",
    ),
    _credential(
        "INVALID_API_KEY",
        "The key has not the form of a key",
        "Copy the key anew and whole: it begins with fm_sk_.",
    ),
    _credential(
        "API_KEY_NOT_FOUND",
        "Nobody has this key",
        "Check that the key belongs to this account, or make a new one.",
    ),
    _credential(
        "API_KEY_REVOKED",
        "The key was revoked, for good",
        "Make a new key and supply it; find out who revoked this one.",
    ),
    _credential(
        "API_KEY_EXPIRED",
        "The key's expiry date has passed",
        "Make a new key and supply it; rotate keys before they expire.",
    ),
    DocumentedCode(
        code="FORBIDDEN",
        status=403,
        error=PermissionDeniedError,
        meaning="The key lacks the permission",
        action="Use a key that has the permission which the call needs, as emails:send.",
        source=_SEED,
    ),
    DocumentedCode(
        code="RATE_LIMIT_EXCEEDED",
        status=429,
        error=RateLimitedError,
        meaning="Too many requests",
        action="Wait for retry_after_seconds, then repeat; it was not executed.",
        source=_SEED,
    ),
    DocumentedCode(
        code="ERR_QUOTA_001",
        status=429,
        error=RateLimitedError,
        meaning="Too many requests, in the words of another page",
        action="Wait for retry_after_seconds, then repeat; it was not executed.",
        source=_QUOTAS,
    ),
    DocumentedCode(
        code="ERR_VALID_001",
        status=400,
        error=InvalidRequestError,
        meaning="Fields are missing or wrong",
        action="Correct the fields that problems names.",
        source=_VALIDATION,
    ),
    _limit(1, "more than 30 pages of PDF", "Split the document, or shorten it."),
    _limit(2, "more than 50 images", "Use fewer images in the document's template."),
    _limit(3, "more than 10,000 rows of Excel", "Send fewer rows, or several files."),
    _limit(4, "more than 10 sheets", "Send fewer sheets, or several files."),
    _limit(5, "more than 50 columns", "Send fewer columns, or several files."),
    _limit(6, "more than 7 MB", "Make it smaller, or send a link to it."),
    _limit(7, "a loop of more than 1,000 rounds", "Send shorter lists in the variables."),
    _limit(8, "more than 10 levels of nesting", "Flatten the document's template."),
    _limit(9, "more than 500 components", "Simplify the document's template."),
)

_BY_CODE = {documented.code: documented for documented in DOCUMENTED_CODES}


def suggested_action(code: str) -> str:
    """What to do about a code; empty for one that no document names."""
    documented = _BY_CODE.get(code)
    return documented.action if documented else ""
