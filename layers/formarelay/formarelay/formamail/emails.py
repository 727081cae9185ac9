"""Mails as a script likes to write them; every call is one of `FormaMail`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from formarelay.errors import InvalidRequestError
from formarelay.formamail.channel import SERVICE
from formarelay.formamail.client import PAGE_SIZE, SEND, FormaMail
from formarelay.formamail.models import Accepted, Attachment, Email, EmailPage, SendRequest
from formarelay.formamail.recipients import Addresses, recipients_of


class MailOptions(TypedDict, total=False):
    """What single and bulk sends have in common, named as in Python; see `SendRequest`."""

    version: str
    sender_email: str
    sender_id: str
    from_name: str
    reply_to: str
    priority: Literal["low", "normal", "high"]
    scheduled_at: datetime
    headers: Mapping[str, str]
    tags: Sequence[str]
    metadata: Mapping[str, str | int | float | bool]


class SendOptions(MailOptions, total=False):
    """What a single send takes besides."""

    variables: Mapping[str, Any]
    cc: Addresses
    bcc: Addresses
    attachments: Sequence[Attachment]


class Filters(TypedDict, total=False):
    """Which mails; the instants need a zone. Each document names these and no others."""

    recipient: str
    template_id: str
    date_from: datetime
    date_to: datetime
    status: str


class Emails:
    """Sends and reads mails. Not safe to repeat what sends: there is no idempotency key.

    Args:
        client: Makes the calls.
    """

    def __init__(self, client: FormaMail) -> None:
        self._client = client

    def send(self, template_id: str, to: Addresses, **options: Unpack[SendOptions]) -> Accepted:
        """One mail to 1 to 50 recipients (documentation, Limits), `cc` and `bcc` included.

        Raises:
            InvalidRequestError: Not sent: a recipient, a date or a variable cannot be written.
            FormaError: As `FormaMail.send`.
        """
        return self._client.send(compose(template_id, to, **options))

    def send_with_document(
        self,
        template_id: str,
        to: Addresses,
        *,
        kind: Literal["pdf", "excel"],
        document_template_id: str,
        file_name: str | None = None,
        document_variables: Mapping[str, Any] | None = None,
        **options: Unpack[SendOptions],
    ) -> Accepted:
        """One mail with a file that the provider makes from a template of its own (SDKs).

        Args:
            template_id: The mail's template.
            to: See `recipients_of`.
            kind: What file is made.
            document_template_id: The file's template.
            file_name: Without its extension.
            document_variables: For the file alone.
            options: See `SendOptions`; other attachments stay.

        Raises:
            InvalidRequestError: Also for files beyond a limit; the code says which.
            FormaError: As `FormaMail.send`.
        """
        document = Attachment(
            type=kind,
            template_id=document_template_id,
            file_name=file_name,
            variables=document_variables,
        )
        options["attachments"] = (*options.get("attachments", ()), document)
        return self.send(template_id, to, **options)

    def get(self, email_id: str) -> Email:
        """One mail; see `FormaMail.get`."""
        return self._client.get(email_id)

    def list(self, *, page_size: int = PAGE_SIZE, **filters: Unpack[Filters]) -> Iterator[Email]:
        """All that match, each once; see `FormaMail.list_emails`."""
        return self._client.list_emails(page_size=page_size, **filters)

    def list_page(
        self, page: int = 1, *, page_size: int = PAGE_SIZE, **filters: Unpack[Filters]
    ) -> EmailPage:
        """One page, from 1; see `FormaMail.list_page`."""
        return self._client.list_page(page=page, page_size=page_size, **filters)


def compose(template_id: str, to: Addresses, **options: Unpack[SendOptions]) -> SendRequest:
    """The request of `Emails.send`. Raises `InvalidRequestError` as it does."""
    check_schedule(options.get("scheduled_at"), operation=SEND)
    fields: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for name in ("cc", "bcc"):
        fields[name] = recipients_of(fields.get(name, ()), field=name)
    for name in ("tags", "attachments"):
        fields[name] = tuple(fields.get(name, ()))
    return SendRequest(template_id=template_id, to=recipients_of(to, field="to"), **fields)


def check_schedule(scheduled_at: datetime | None, *, operation: str) -> None:
    """Refuses an instant that the provider would have to guess: one without a zone."""
    if scheduled_at is not None and scheduled_at.utcoffset() is None:
        raise InvalidRequestError(
            "not sent: scheduled_at needs a zone, as datetime.now(UTC) has",
            problems=("scheduledAt",),
            service=SERVICE,
            operation=operation,
        )
