"""Files of S3 in memory. It passes the same suite as the real store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from formarelay.errors import AttachmentRefusedError, FormaError
from formarelay.message import StoredObject


@dataclass(frozen=True)
class Reference:
    """What a message says of a file, for those who do not parse one."""

    bucket: str
    key: str
    version_id: str
    sha256: str


class FakeObjects:
    """`sizes` overrules the size of a key, `error` fails everything, `asked` notes questions."""

    def __init__(self, *, bucket: str = "invoices", maximum_bytes: int = 7_500_000) -> None:
        self.sizes: dict[str, int] = {}
        self.error: FormaError | None = None
        self.asked: list[str] = []
        self._bucket = bucket
        self._maximum_bytes = maximum_bytes
        self._versions: dict[tuple[str, str], bytes] = {}

    def put(self, content: bytes, *, key: str) -> Reference:
        """A new version of a file, and what a message would say of it."""
        version_id = f"v{len(self._versions) + 1}"
        self._versions[key, version_id] = content
        return Reference(self._bucket, key, version_id, hashlib.sha256(content).hexdigest())

    def size(self, reference: StoredObject | Reference) -> int:
        content = self._find("size", reference)
        return self._bounded(self.sizes.get(reference.key, len(content)))

    def fetch(self, reference: StoredObject | Reference) -> bytes:
        content = self._find("fetch", reference)
        self._bounded(len(content))
        if hashlib.sha256(content).hexdigest() != reference.sha256:
            raise AttachmentRefusedError("attachment_changed", "the object is another")
        return content

    def _find(self, question: str, reference: StoredObject | Reference) -> bytes:
        self.asked.append(f"{question} {reference.key}")
        if self.error:
            raise self.error
        if reference.bucket != self._bucket:
            raise AttachmentRefusedError("attachment_not_allowed", "the object is elsewhere")
        try:
            return self._versions[reference.key, reference.version_id]
        except KeyError:
            raise AttachmentRefusedError(
                "attachment_missing", "the object does not exist"
            ) from None

    def _bounded(self, size_bytes: int) -> int:
        if size_bytes > self._maximum_bytes:
            raise AttachmentRefusedError("attachment_too_large", "the object is too large")
        if size_bytes == 0:
            raise AttachmentRefusedError("attachment_empty", "the object is empty")
        return size_bytes
