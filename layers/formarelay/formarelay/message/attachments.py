"""Attachments: four shapes that Forma Mail takes, and one that the relay fetches itself."""

from __future__ import annotations

import binascii
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from formarelay.message.fields import Contract, FileName, Identifier, Line, Url
from formarelay.message.reasons import Reason, malformed
from formarelay.message.rules import (
    BUCKET,
    FILE_NAME,
    IDENTIFIER,
    LINE,
    OBJECT_KEY,
    SHA256,
    URL,
    VERSION_ID,
)

Base64 = Annotated[
    str,
    Meta(
        min_length=1,
        description="Base64 with padding and without line ends",
        extra_json_schema={
            "contentEncoding": "base64",
            "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$(?!\\n)",
        },
    ),
]


class StoredObject(Contract, frozen=True, kw_only=True):
    """A file in S3, pinned: the relay refuses it when its version or content is another."""

    bucket: Annotated[str, BUCKET.meta()]
    key: Annotated[str, OBJECT_KEY.meta()]
    version_id: Annotated[str, VERSION_ID.meta()]
    sha256: Annotated[str, SHA256.meta()]


class Shape(msgspec.Struct, frozen=True):
    """The fields that must and may stand beside the one that says where the file comes from."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


# Forma Mail docs, Emails API (content, url) and Sending with attachments (attachmentTemplateId);
# its SDKs (templateId). `s3` is the relay's own.
SHAPES = {
    "content": Shape(required=("filename",), optional=("contentType",)),
    "url": Shape(required=("filename",), optional=("contentType",)),
    "s3": Shape(required=("filename",), optional=("contentType",)),
    "attachmentTemplateId": Shape(optional=("variables",)),
    "templateId": Shape(required=("type",), optional=("fileName", "variables")),
}


class Attachment(Contract, frozen=True, kw_only=True):
    """A file from one source: content, url, s3, attachmentTemplateId or templateId."""

    filename: FileName | None = None
    content_type: Line | None = None
    content: Base64 | None = None
    url: Url | None = None
    s3: StoredObject | None = None
    attachment_template_id: Identifier | None = None
    template_id: Identifier | None = None
    type: Literal["pdf", "excel"] | None = None
    file_name: FileName | None = None
    variables: dict[str, Any] | None = None


_WIRE_NAMES = dict(
    zip(Attachment.__struct_encode_fields__, Attachment.__struct_fields__, strict=True)
)
_TEXT_RULES = {
    "filename": FILE_NAME,
    "contentType": LINE,
    "url": URL,
    "attachmentTemplateId": IDENTIFIER,
    "templateId": IDENTIFIER,
    "fileName": FILE_NAME,
}


def check_attachments(attachments: tuple[Attachment, ...]) -> None:
    """Raises `MalformedMessageError` for the first rule that an attachment breaks."""
    for index, attachment in enumerate(attachments):
        path = f"attachments[{index}]"
        given = {
            wire_name: value
            for wire_name, name in _WIRE_NAMES.items()
            if (value := getattr(attachment, name)) is not None
        }
        _check_shape(given, path)
        for name, rule in _TEXT_RULES.items():
            if name in given:
                rule.check(given[name], path, name)
        if attachment.content is not None:
            _check_base64(attachment.content, path)
        if attachment.s3 is not None:
            _check_stored_object(attachment.s3, path)


def _check_shape(given: dict[str, object], path: str) -> None:
    sources = [name for name in SHAPES if name in given]
    if len(sources) != 1:
        rule = f"exactly one of {', '.join(SHAPES)} is required"
        raise malformed(Reason.INVALID_VALUE, path, rule)
    source = sources[0]
    shape = SHAPES[source]
    for name in shape.required:
        if name not in given:
            raise malformed(Reason.MISSING_FIELD, path, f"{name} is required beside {source}")
    for name in given:
        if name not in (source, *shape.required, *shape.optional):
            raise malformed(Reason.INVALID_VALUE, path, f"{name} has no place beside {source}")


def _check_base64(content: str, path: str) -> None:
    try:
        binascii.a2b_base64(content, strict_mode=True)
    except ValueError:
        raise malformed(Reason.INVALID_VALUE, f"{path}.content", "must be Base64") from None


def _check_stored_object(stored: StoredObject, path: str) -> None:
    BUCKET.check(stored.bucket, path, "s3", "bucket")
    OBJECT_KEY.check(stored.key, path, "s3", "key")
    VERSION_ID.check(stored.version_id, path, "s3", "versionId")
    SHA256.check(stored.sha256, path, "s3", "sha256")
