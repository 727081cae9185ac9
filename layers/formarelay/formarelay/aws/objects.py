"""Files in S3 that messages refer to: one version each, of a known hash and a bounded size.

What S3 says is sorted by whose fault it is. A reference that leads nowhere is the message's, and
refused for good. A 403 is the deployment's: the place is on the list that the function's role is
made from, and S3 says 404 of what is missing there, so the role, the bucket's policy or the key
that encrypts it is wrong. It is no reason to stop mail without files, and no reason to refuse mail
that can go as soon as somebody has repaired it. Everything else may pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.aws.allowed_objects import read_allowed_objects
from formarelay.aws.lazy import LazyClient
from formarelay.errors import (
    AttachmentRefusedError,
    FormaError,
    PermissionDeniedError,
    TransientError,
)

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_SERVICE = "s3"
_SIZE = "HeadObject"
_FETCH = "GetObject"
_CHUNK_BYTES = 256 * 1024

_MISSING = ("attachment_missing", "the object does not exist in that version")
_UNREADABLE = (
    "attachment_unreadable",
    "the object is archived, or encrypted with a key that only its owner has",
)
# S3 API reference, Error responses. An answer to HEAD has no body, so its code is its status.
_REFUSALS = {
    "404": _MISSING,
    "NoSuchKey": _MISSING,
    "NoSuchVersion": _MISSING,
    "NoSuchBucket": _MISSING,
    # The version is a delete marker.
    "405": _MISSING,
    "MethodNotAllowed": _MISSING,
    # Of all that is asked for, only the version and the key are the message's own.
    "InvalidArgument": _MISSING,
    "KeyTooLongError": _MISSING,
    "InvalidObjectState": _UNREADABLE,
    "InvalidRequest": _UNREADABLE,
}


class ObjectReference(Protocol):
    """What a message says of a file; `sha256` is in lower-case hex."""

    @property
    def bucket(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def version_id(self) -> str: ...

    @property
    def sha256(self) -> str: ...


class ObjectStore:
    """Reads files of S3 by reference, from allowed places only. Usable from many threads.

    Both methods raise:
        AttachmentRefusedError: The reference is wrong, and stays wrong. Reasons:
            `attachment_not_allowed` (also without a question to S3), `attachment_missing`,
            `attachment_empty`, `attachment_too_large`, `attachment_changed`,
            `attachment_unreadable`.
        PermissionDeniedError: The deployment lacks a right, for whatever reference.
        TransientError: S3 cannot answer now.

    No error names the bucket or the key: they are the producer's words, and may name a person.

    Args:
        client: Makes the S3 client, when the first message refers to a file.
        allowed: ARNs, see `read_allowed_objects`; empty when no file is allowed. Raises
            `SettingsError` when malformed.
        maximum_bytes: The largest file.
    """

    def __init__(
        self, client: Callable[[], S3Client], *, allowed: Collection[str], maximum_bytes: int
    ) -> None:
        self._client = LazyClient(client)
        self._allowed = read_allowed_objects(allowed)
        self._maximum_bytes = maximum_bytes

    def size(self, reference: ObjectReference) -> int:
        """How many bytes the file has, without reading it: from 1 to `maximum_bytes`."""
        self._check_place(reference)
        try:
            answer = self._client.get().head_object(
                Bucket=reference.bucket, Key=reference.key, VersionId=reference.version_id
            )
        except ClientError as error:
            raise self._size_problem(reference, error) from None
        except BotoCoreError:
            raise _unreachable(_SIZE) from None
        return self._bounded(answer["ContentLength"])

    def fetch(self, reference: ObjectReference) -> bytes:
        """The file: exactly that version, with exactly that hash.

        Never holds more than `maximum_bytes` and one chunk, whatever S3 sends or said of the size.
        """
        self._check_place(reference)
        try:
            answer = self._client.get().get_object(
                Bucket=reference.bucket, Key=reference.key, VersionId=reference.version_id
            )
            with closing(answer["Body"]) as body:
                self._bounded(answer["ContentLength"])
                content = self._read(body)
        except ClientError as error:
            raise _problem(error, _FETCH) from None
        except BotoCoreError:
            raise _unreachable(_FETCH) from None
        if hashlib.sha256(content).hexdigest() != reference.sha256:
            raise AttachmentRefusedError(
                "attachment_changed", "the object's SHA-256 is not the one that the message names"
            )
        return content

    def _check_place(self, reference: ObjectReference) -> None:
        if not any(place.includes(reference.bucket, reference.key) for place in self._allowed):
            raise AttachmentRefusedError(
                "attachment_not_allowed", "the object is not where files may be attached from"
            )

    def _bounded(self, size_bytes: int) -> int:
        if size_bytes > self._maximum_bytes:
            raise AttachmentRefusedError(
                "attachment_too_large",
                f"the object has {size_bytes} bytes; at most {self._maximum_bytes} fit into a mail",
            )
        if size_bytes == 0:
            raise AttachmentRefusedError("attachment_empty", "the object is empty")
        return size_bytes

    def _read(self, body: StreamingBody) -> bytes:
        content = bytearray()
        while chunk := body.read(_CHUNK_BYTES):
            content += chunk
            self._bounded(len(content))
        return bytes(content)

    def _size_problem(self, reference: ObjectReference, error: ClientError) -> FormaError:
        if _status(error) != 400:
            return _problem(error, _SIZE)
        # A malformed version, or an expired session of ours: only an answer with a body tells.
        try:
            self._client.get().get_object(
                Bucket=reference.bucket,
                Key=reference.key,
                VersionId=reference.version_id,
                Range="bytes=0-0",
            )["Body"].close()
        except ClientError as explained:
            return _problem(explained, _SIZE)
        except BotoCoreError:
            return _unreachable(_SIZE)
        return _unreachable(_SIZE, code="400")


def _problem(error: ClientError, operation: str) -> FormaError:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _REFUSALS:
        return AttachmentRefusedError(*_REFUSALS[code])
    if _status(error) == 403:
        return PermissionDeniedError(
            "the function may not read an object in a place that is allowed: look at its role, "
            "the bucket's policy and the bucket's KMS key",
            service=_SERVICE,
            operation=operation,
            status=403,
            code=code if code != "403" else "",
        )
    return _unreachable(operation, code=code)


def _unreachable(operation: str, *, code: str = "") -> TransientError:
    return TransientError(
        "the object cannot be read now", service=_SERVICE, operation=operation, code=code
    )


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
