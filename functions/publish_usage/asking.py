"""Questions that are asked side by side, none of which can spoil or delay another's answer."""

from __future__ import annotations

import traceback
from concurrent.futures import Future
from typing import TypeVar

from msgspec import Struct

from formarelay.errors import CredentialError, FormaError, PermissionDeniedError

Answer = TypeVar("Answer")


class Failure(Struct, frozen=True, kw_only=True):
    """A question without an answer.

    Args:
        reason: `credential_refused`, `right_missing`, `too_late`, `internal_error` or `failed`.
        detail: What happened, free of secrets.
        trace: Where, for a programming error.
    """

    reason: str
    detail: str
    trace: tuple[str, ...] = ()


def answer_of(future: Future[Answer]) -> Answer | Failure:
    """What was answered by now. A question that is still under way is given up."""
    if not future.done():
        future.cancel()
        return Failure(reason="too_late", detail="there was no answer in time")
    error = future.exception()
    return future.result() if error is None else failure_of(error)


def failure_of(error: BaseException) -> Failure:
    """What an error means for its question."""
    match error:
        case CredentialError():
            reason = "credential_refused"
        case PermissionDeniedError():
            reason = "right_missing"
        case FormaError():
            reason = "failed"
        case _:
            # Its text may quote what the provider said.
            frames = traceback.extract_tb(error.__traceback__)
            trace = tuple(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
            return Failure(reason="internal_error", detail=type(error).__name__, trace=trace)
    return Failure(reason=reason, detail=str(error))
