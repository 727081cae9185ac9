"""`POST emails/send/bulk`: many mails by one call, and no ids in the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import msgspec

from formarelay.errors import InvalidRequestError, RateLimit
from formarelay.formamail.channel import SERVICE, Admit, Channel
from formarelay.formamail.emails import MailOptions, check_schedule
from formarelay.formamail.models import Model
from formarelay.formamail.replies import count_of, object_of, text_of, unexpected
from formarelay.http import HttpResponse, rate_limit_from

SEND_BULK = "POST emails/send/bulk"
# SDKs and documentation, Bulk personalized emails.
MOST_RECIPIENTS = 1000


class BulkAttachment(Model, frozen=True):
    """A file of a batch (SDKs): fixed by `content` or `url`, or made by `attachment_template_id`.

    `required`: a mail whose file cannot be made is not sent.
    """

    filename: str
    content_type: str | None = None
    content: str | None = None
    url: str | None = None
    attachment_template_id: str | None = None
    base_variables: Mapping[str, Any] | None = None
    recipient_variable_fields: Sequence[str] | None = None
    output_formats: Sequence[str] | None = None
    required: bool | None = None


class BulkRecipient(Model, frozen=True):
    """One recipient; `variables` are laid over the batch's `base_variables`.

    Without metadata: no SDK has such a field.
    """

    email: str
    variables: Mapping[str, Any]
    name: str | None = None
    attachment_overrides: Sequence[BulkAttachment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch was taken, or would be. Not a word about its mails: look for them by
    `Emails.list(template_id=..., date_from=...)` and the batch's metadata.

    Args:
        batch_id: The provider's id; no call takes it.
        status: The provider's word.
        total_emails: How many mails; None when the answer does not say.
        scheduled_at: When they go, as the answer writes it; empty for at once.
        rate: What the answer's headers say of the rate limit.
    """

    batch_id: str
    status: str
    total_emails: int | None
    created_at: str
    estimated_completion_at: str
    scheduled_at: str
    rate: RateLimit | None


class Bulk:
    """Sends batches. The provider allows 5 to 100 a minute, its documents disagree: plan on 5.

    Args:
        channel: Makes the calls.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def send(
        self,
        template_id: str,
        recipients: Sequence[BulkRecipient],
        *,
        base_variables: Mapping[str, Any] | None = None,
        attachments: Sequence[BulkAttachment] = (),
        batch_name: str | None = None,
        dry_run: bool = False,
        read_timeout_seconds: float | None = None,
        admit: Admit | None = None,
        **options: Unpack[MailOptions],
    ) -> Batch:
        """One batch. Not safe to repeat; whether a faulty recipient refuses all is undocumented.

        Args:
            template_id: The template of every mail.
            recipients: 1 to 1,000.
            base_variables: What they have in common.
            attachments: Files of every mail.
            batch_name: A label for people.
            dry_run: Judge the batch and send nothing. Undocumented in detail: try it with your own
                address before you trust it.
            read_timeout_seconds: Instead of the client's own.
            admit: See `FormaMail.send`.
            options: For every mail.

        Raises:
            InvalidRequestError: Not sent; `problems` names the fields.
            OutcomeUnknownError: Perhaps sent, as a whole or in part.
            FormaError: As `FormaMail.send`.
        """
        check_schedule(options.get("scheduled_at"), operation=SEND_BULK)
        if not 1 <= len(recipients) <= MOST_RECIPIENTS:
            raise _refusal(f"a batch has 1 to {MOST_RECIPIENTS} recipients", "recipients")
        body = {
            **{_camel(name): value for name, value in options.items() if value is not None},
            "templateId": template_id,
            "recipients": recipients,
            "baseVariables": base_variables or {},
            "attachments": attachments or None,
            "batchName": batch_name,
            "dryRun": True if dry_run else None,
        }
        response = self._channel.call(
            "POST",
            "/emails/send/bulk",
            operation=SEND_BULK,
            json=_plain({name: value for name, value in body.items() if value is not None}),
            read_timeout_seconds=read_timeout_seconds,
            admit=admit,
        )
        return _batch(response)


def _batch(response: HttpResponse) -> Batch:
    data = object_of(response)
    batch_id = text_of(data.get("batchId"))
    if not batch_id:
        raise unexpected("the id of a batch was promised", response)
    return Batch(
        batch_id=batch_id,
        status=text_of(data.get("status")),
        total_emails=count_of(data.get("totalEmails")),
        created_at=text_of(data.get("createdAt")),
        estimated_completion_at=text_of(data.get("estimatedCompletionAt")),
        scheduled_at=text_of(data.get("scheduledAt")),
        rate=rate_limit_from(response.headers),
    )


def _plain(body: Mapping[str, Any]) -> object:
    try:
        return msgspec.to_builtins(body)
    except (TypeError, ValueError, RecursionError):
        problem = _refusal("a variable has no JSON form", "recipients")
    raise problem


def _refusal(problem: str, field: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"not sent: {problem}", problems=(field,), service=SERVICE, operation=SEND_BULK
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
