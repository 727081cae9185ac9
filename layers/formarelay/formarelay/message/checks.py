"""The rules that types and lengths do not state."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from formarelay.message import limits, rules
from formarelay.message.attachments import check_attachments
from formarelay.message.model import EmailContent, Recipient, VariablesFrom
from formarelay.message.reasons import Reason, malformed, shown


def check_content(content: EmailContent) -> None:
    """Raises `MalformedMessageError` for the first rule that the message breaks."""
    rules.IDENTIFIER.check(content.template_id, "templateId")
    _check_recipients(content)
    _check_sender(content)
    _check_headers(content.headers)
    for index, tag in enumerate(content.tags):
        rules.TAG.check(tag, "tags", index)
    _check_metadata(content.metadata)
    check_attachments(content.attachments)
    if content.idempotency_key is not None:
        rules.IDEMPOTENCY_KEY.check(content.idempotency_key, "idempotencyKey")
    _check_times(content)
    if content.variables_from is not None:
        _check_variables_from(content.variables_from)


def _check_recipients(content: EmailContent) -> None:
    if len(content.to) + len(content.cc) + len(content.bcc) > limits.MAX_RECIPIENTS:
        rule = f"at most {limits.MAX_RECIPIENTS} recipients together"
        raise malformed(Reason.TOO_MANY_RECIPIENTS, "to, cc, bcc", rule)
    _check_list("to", content.to)
    _check_list("cc", content.cc)
    _check_list("bcc", content.bcc)


def _check_list(field: str, recipients: tuple[Recipient, ...]) -> None:
    for index, recipient in enumerate(recipients):
        rules.ADDRESS.check(recipient.email, field, index, "email")
        if recipient.name is not None:
            rules.LINE.check(recipient.name, field, index, "name")


def _check_sender(content: EmailContent) -> None:
    if content.reply_to is not None:
        rules.ADDRESS.check(content.reply_to, "replyTo")
    if content.sender_email is not None:
        rules.ADDRESS.check(content.sender_email, "senderEmail")
    if content.from_name is not None:
        rules.LINE.check(content.from_name, "fromName")


def _check_headers(headers: dict[str, str]) -> None:
    seen = set()
    for name, value in headers.items():
        rules.HEADER_NAME.check(name, "headers", shown(name))
        rules.LINE.check(value, "headers", shown(name))
        if name.lower() in seen:
            rule = "the same header twice; upper and lower case are alike"
            raise malformed(Reason.DUPLICATE_KEY, f"headers.{shown(name)}", rule)
        seen.add(name.lower())


def _check_metadata(metadata: dict[str, str | int | float | bool]) -> None:
    if len(msgspec.json.encode(metadata)) > limits.MAX_METADATA_BYTES:
        rule = f"exceeds {limits.MAX_METADATA_BYTES} bytes of JSON"
        raise malformed(Reason.TOO_LARGE, "metadata", rule)
    for index, (key, value) in enumerate(metadata.items()):
        rules.METADATA_KEY.check(key, "metadata", index, "key")
        if isinstance(value, str):
            rules.LINE.check(value, "metadata", index, "value")


def _check_times(content: EmailContent) -> None:
    scheduled_at = _in_utc(content.scheduled_at, "scheduledAt")
    expires_at = _in_utc(content.expires_at, "expiresAt")
    if scheduled_at is not None and expires_at is not None and scheduled_at > expires_at:
        raise malformed(Reason.INVALID_VALUE, "scheduledAt", "must not be after expiresAt")


def _in_utc(instant: datetime | None, field: str) -> datetime | None:
    if instant is None:
        return None
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise malformed(Reason.INVALID_VALUE, field, "is out of range in UTC") from None


def _check_variables_from(source: VariablesFrom) -> None:
    rules.SLUG.check(source.formaloo.row, "variablesFrom.formaloo.row")
    for index, (variable, field) in enumerate(source.formaloo.fields.items()):
        rules.LINE.check(variable, "variablesFrom.formaloo.fields", index, "variable")
        rules.IDENTIFIER.check(field, "variablesFrom.formaloo.fields", index, "field")
