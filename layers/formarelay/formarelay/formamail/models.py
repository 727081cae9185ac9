"""What is said to and heard from Forma Mail, in our words. No `repr` shows any content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from formarelay.errors import RateLimit


class Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is not set is not sent, names are the provider's, and no `repr` shows any content."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class Recipient(Model, frozen=True):
    """One addressee of a mail to send."""

    email: str
    name: str | None = None


class Attachment(Model, frozen=True):
    """One attachment, in one of the provider's shapes.

    A file: `filename`, `content_type` and either `content` (base64) or `url`. A document made from
    a template: `attachment_template_id` (docs), or `type` with `template_id` (SDKs).
    """

    filename: str | None = None
    content_type: str | None = None
    content: str | None = None
    url: str | None = None
    attachment_template_id: str | None = None
    type: str | None = None
    template_id: str | None = None
    file_name: str | None = None
    variables: Mapping[str, Any] | None = None


class SendRequest(Model, frozen=True):
    """The body of `POST emails/send`. What is not set is not sent, except `variables`.

    The provider's limits are not checked here; it refuses what breaks them.
    """

    template_id: str
    to: tuple[Recipient, ...]
    variables: Mapping[str, Any] = msgspec.field(default_factory=dict)
    cc: tuple[Recipient, ...] = ()
    bcc: tuple[Recipient, ...] = ()
    reply_to: str | None = None
    sender_email: str | None = None
    sender_id: str | None = None
    from_name: str | None = None
    version: str | None = None
    priority: str | None = None
    scheduled_at: datetime | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str | int | float | bool] = msgspec.field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


class BlockedRecipient(Model, frozen=True):
    """An address that the provider dropped because it is on the suppression list."""

    email: str
    reason: str = ""
    source: str = ""


class Accepted(Model, frozen=True):
    """The provider has taken the mail. Not yet delivered.

    Args:
        email_id: The provider's id of the mail.
        status: The provider's word, as `queued`; new words may appear.
        blocked_recipients: Who of the recipients will get nothing.
        all_blocked: Whether that is everybody in `to`, so that nothing will be sent.
        warning: The provider's remark, empty when there is none. May quote addresses.
        rate: What the answer's headers say of the rate limit.
    """

    email_id: str
    status: str = ""
    blocked_recipients: tuple[BlockedRecipient, ...] = ()
    all_blocked: bool = False
    warning: str = ""
    rate: RateLimit | None = None


class Email(Model, frozen=True):
    """A mail as the provider shows it. What it does not say is empty.

    `rate` is what the answer's headers say of the rate limit; in a listing its page has it.
    """

    id: str
    status: str = ""
    template_id: str = ""
    to: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = msgspec.field(default_factory=dict)
    created_at: str = ""
    scheduled_at: str = ""
    sent_at: str = ""
    delivered_at: str = ""
    failed_at: str = ""
    error_message: str = ""
    rate: RateLimit | None = None


class EmailPage(Model, frozen=True):
    """One page of a listing; `total` and `total_pages` are None where the provider is silent."""

    emails: tuple[Email, ...]
    total: int | None = None
    total_pages: int | None = None
    rate: RateLimit | None = None

    @property
    def items(self) -> tuple[Email, ...]:
        return self.emails


class Allowance(Model, frozen=True):
    """How much of one quota is used, as the provider says it; judge it before trusting it.

    `limit`, `remaining` and `percent_used` are None where it gives no number, as for an unlimited
    plan.
    """

    used: int
    limit: int | None = None
    remaining: int | None = None
    percent_used: float | None = None

    def __repr__(self) -> str:
        return f"<Allowance {self.used} of {self.limit}>"


class Usage(Model, frozen=True):
    """The answer of `GET emails/usage/stats`.

    Args:
        email: Mails; None when the answer does not say how many were used.
        attachment: Generated attachments; None likewise. One of the two is known.
        billing_period: First day of the period, as `2024-11-01`; empty when not given.
        rate: What the answer's headers say of the rate limit.
    """

    email: Allowance | None = None
    attachment: Allowance | None = None
    billing_period: str = ""
    rate: RateLimit | None = None
