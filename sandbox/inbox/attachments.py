"""The attachments of a mail: what each is called, what it is, how large."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from sandbox.formamail.templates import TemplateStore


@dataclass(frozen=True, slots=True)
class Attachment:
    """One of them. The size is known of a file that came with the mail alone."""

    name: str
    kind: str
    size_bytes: int | None
    note: str = ""


def attachments_of(body: dict[str, Any], *, templates: TemplateStore) -> list[Attachment]:
    """All attachments of an accepted mail, in its order."""
    return [_attachment(item, templates=templates) for item in body.get("attachments") or []]


def _attachment(item: dict[str, Any], *, templates: TemplateStore) -> Attachment:
    content_type = item.get("contentType")
    kind = content_type if isinstance(content_type, str) else "type not given"
    if isinstance(item.get("content"), str) and isinstance(item.get("filename"), str):
        return Attachment(item["filename"], kind, len(base64.b64decode(item["content"])))
    if isinstance(item.get("url"), str) and isinstance(item.get("filename"), str):
        return Attachment(item["filename"], kind, None, f"to be fetched from {item['url']}")
    reference = item.get("attachmentTemplateId", item.get("templateId"))
    template = templates.find(str(reference))
    name = item.get("filename") or item.get("fileName") or reference
    formats = item.get("outputFormats") or item.get("type") or (template and template.type) or kind
    shown = ", ".join(map(str, formats)) if isinstance(formats, list) else str(formats)
    return Attachment(str(name), shown, None, f"generated from template {reference}")
