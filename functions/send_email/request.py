"""From the message of a producer to the request of the provider."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from formarelay import message as message_contract
from formarelay.claims import MailIdentity
from formarelay.errors import PermanentError
from formarelay.formamail.models import Attachment, Recipient, SendRequest
from formarelay.identity import RELAY_ID_KEY
from formarelay.message import EmailMessage
from send_email.ports import RowSource


class MissingVariableError(PermanentError):
    """A Formaloo row has no value under a name that the message asks for."""


def variables_of(message: EmailMessage, rows: RowSource) -> Mapping[str, Any]:
    """The template's variables; those from a Formaloo row fill what the message leaves open.

    Raises:
        MissingVariableError: The row lacks a field.
        FormaError: The row cannot be read.
    """
    source = message.variables_from.formaloo if message.variables_from else None
    if source is None:
        return message.variables
    row = rows.row(source.row)
    filled: dict[str, Any] = {}
    for variable, field_name in source.fields.items():
        value = row.value(field_name)
        if value is None:
            raise MissingVariableError(f"the Formaloo row has no value for field {field_name!r}")
        filled[variable] = value
    return {**filled, **message.variables}


def build_request(
    message: EmailMessage,
    mail: MailIdentity,
    variables: Mapping[str, Any],
    contents: Mapping[int, str] = MappingProxyType({}),
) -> SendRequest:
    """The message as Forma Mail takes it, with the relay id in its metadata and as a tag.

    `contents` holds, by the index of its attachment, what `StoredFiles` gave.
    """
    return SendRequest(
        template_id=message.template_id,
        to=_recipients(message.to),
        variables=variables,
        cc=_recipients(message.cc),
        bcc=_recipients(message.bcc),
        reply_to=message.reply_to,
        sender_email=message.sender_email,
        from_name=message.from_name,
        version=message.version,
        priority=message.priority,
        scheduled_at=message.scheduled_at,
        headers=message.headers,
        tags=(*message.tags, f"relay-{mail.relay_id}"),
        metadata={**message.metadata, RELAY_ID_KEY: mail.relay_id},
        attachments=tuple(
            _attachment(attachment, contents.get(index))
            for index, attachment in enumerate(message.attachments)
        ),
    )


def _recipients(recipients: tuple[message_contract.Recipient, ...]) -> tuple[Recipient, ...]:
    return tuple(Recipient(email=one.email, name=one.name) for one in recipients)


def _attachment(attachment: message_contract.Attachment, stored: str | None) -> Attachment:
    return Attachment(
        filename=attachment.filename,
        content_type=attachment.content_type,
        content=attachment.content if stored is None else stored,
        url=attachment.url,
        attachment_template_id=attachment.attachment_template_id,
        type=attachment.type,
        template_id=attachment.template_id,
        file_name=attachment.file_name,
        variables=attachment.variables,
    )
