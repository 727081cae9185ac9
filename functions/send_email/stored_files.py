"""Files in S3 that a message refers to: whether they fit into its request, and their content."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from formarelay.claims import MailState
from formarelay.errors import (
    AttachmentRefusedError,
    FormaError,
    PermissionDeniedError,
    TransientError,
)
from formarelay.formamail.models import SendRequest
from formarelay.message import EmailMessage, StoredObject
from send_email.outcome import HandedBack
from send_email.policy import DEPENDENCY_SECONDS
from send_email.verdict import Verdict, refused

Answer = TypeVar("Answer")

MAXIMUM_BODY_BYTES = 10_000_000
"""Forma Mail docs, Limits & Quotas: 10 MB of JSON, in the smaller reading of a megabyte."""

MAXIMUM_FILE_BYTES = MAXIMUM_BODY_BYTES // 4 * 3
"""What is larger exceeds the body as base64, whatever stands beside it."""

MEMORY_BYTES = 2 * MAXIMUM_BODY_BYTES
"""Two of the largest mails at once. Measured: at its peak a mail takes four times its files'
base64, so these 80 MB fit beside the 75 MB that a function of 256 MB needs without any."""

# A function that lacks the right to a file waits for a person. SQS delivers a message at most 1,000
# times: at this pace it is still on the queue after three and a half days.
FORBIDDEN_SECONDS = 300.0


class ObjectSource(Protocol):
    """Where the files are. Each method raises the errors of `formarelay.errors`.

    `AttachmentRefusedError` is the message's fault, `PermissionDeniedError` the deployment's,
    `TransientError` may pass.
    """

    def size(self, reference: StoredObject) -> int:
        """How many bytes the file has, without reading it."""
        ...

    def fetch(self, reference: StoredObject) -> bytes:
        """The file, after a check of its hash."""
        ...


class NoRoomError(TransientError):
    """The files of other mails fill the memory that is meant for files."""


class StoredFiles:
    """Gives the files of one mail at a time, or of a few, as the memory allows.

    All mails of a batch are sent side by side, and a request with files takes several times their
    size while it is written. Without a bound, ten large mails would end the process, and again at
    each redelivery.

    Args:
        source: Where the files are.
        memory_bytes: How much base64 all mails together may hold, at least `MAXIMUM_BODY_BYTES`.
    """

    def __init__(self, source: ObjectSource, *, memory_bytes: int = MEMORY_BYTES) -> None:
        if memory_bytes < MAXIMUM_BODY_BYTES:
            raise ValueError("a mail of the largest size must have room")
        self._source = source
        self._free_bytes = memory_bytes
        self._lock = threading.Lock()

    @contextmanager
    def contents(
        self, message: EmailMessage, request: SendRequest, *, may_go_on: Callable[[], bool]
    ) -> Iterator[Mapping[int, str]]:
        """The base64 content of each attachment with `s3`, by its index, for as long as needed.

        Asks for all sizes before it reads a file, so that a mail that cannot fit costs no
        download. A message without stored files gets nothing, and asks nobody.

        Args:
            message: Names the files.
            request: The mail as it will be sent, but for the files.
            may_go_on: Whether there is time for another question to the source.

        Raises:
            AttachmentRefusedError: A file, or all of them together, can never go with this mail.
            PermissionDeniedError: The deployment lacks a right.
            NoRoomError: Other mails hold the memory now.
            TransientError: The source cannot answer now, or there is no time left to ask it.
        """
        references = {
            index: attachment.s3
            for index, attachment in enumerate(message.attachments)
            if attachment.s3 is not None
        }
        if not references:
            yield {}
            return
        files_bytes = sum(
            _base64_bytes(_ask(self._source.size, reference, index=index, may_go_on=may_go_on))
            for index, reference in references.items()
        )
        body_bytes = files_bytes + _json_bytes(request)
        if body_bytes > MAXIMUM_BODY_BYTES:
            raise AttachmentRefusedError(
                "attachment_too_large",
                f"with its files as base64 the mail has {body_bytes} bytes; the provider takes "
                f"{MAXIMUM_BODY_BYTES}",
            )
        with self._room(files_bytes):
            yield {
                index: _base64(
                    _ask(self._source.fetch, reference, index=index, may_go_on=may_go_on)
                )
                for index, reference in references.items()
            }

    @contextmanager
    def _room(self, wanted_bytes: int) -> Iterator[None]:
        with self._lock:
            if wanted_bytes > self._free_bytes:
                raise NoRoomError("other mails with files are being sent")
            self._free_bytes -= wanted_bytes
        try:
            yield
        finally:
            with self._lock:
                self._free_bytes += wanted_bytes


def files_verdict(error: FormaError) -> Verdict:
    """The files cannot go with the mail, or not now; the provider was not called.

    Never closes the gate: mail without files is not concerned.
    """
    if isinstance(error, AttachmentRefusedError):
        return refused(error.reason, str(error), attempt_counts=False)
    match error:
        case PermissionDeniedError():
            reason, seconds = "attachments_forbidden", FORBIDDEN_SECONDS
        case NoRoomError():
            reason, seconds = "attachments_no_room", DEPENDENCY_SECONDS
        case _:
            reason, seconds = "attachments_unavailable", DEPENDENCY_SECONDS
    waiting = HandedBack(reason=reason, wait_seconds=seconds, error=str(error))
    return Verdict(state=MailState.OPEN, outcome=waiting, attempt_counts=False)


def _ask(
    question: Callable[[StoredObject], Answer],
    reference: StoredObject,
    *,
    index: int,
    may_go_on: Callable[[], bool],
) -> Answer:
    """The source's answer; what it refuses says which attachment it refuses."""
    if not may_go_on():
        raise TransientError("no time is left to fetch the mail's files")
    try:
        return question(reference)
    except AttachmentRefusedError as error:
        detail = f"attachments[{index}].s3: {error.detail}"
        raise AttachmentRefusedError(error.reason, detail) from error


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _base64_bytes(content_bytes: int) -> int:
    return (content_bytes + 2) // 3 * 4


def _json_bytes(request: SendRequest) -> int:
    """At least as many bytes as the request has as JSON; a few hundred more for what is not set."""
    try:
        text = json.dumps(request, default=_plain, ensure_ascii=False, separators=(",", ":"))
    except (AttributeError, TypeError, ValueError, RecursionError):
        # It has no JSON form. The client refuses it, and says so better.
        return 0
    return len(text.encode("utf-8", "surrogatepass"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__struct_fields__}
