"""The message as the code sees it; the published schema is generated from `EmailContent`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field
from msgspec.json import Decoder

from formarelay.message import limits
from formarelay.message.attachments import Attachment
from formarelay.message.fields import (
    Address,
    Contract,
    HeaderName,
    IdempotencyKey,
    Identifier,
    Instant,
    Line,
    MetadataKey,
    Slug,
    Tag,
)


class Recipient(Contract, frozen=True, kw_only=False):
    """One addressee."""

    email: Address
    name: Line | None = None


class FormalooVariables(Contract, frozen=True, kw_only=True):
    """Template variables that the values of one Formaloo row fill."""

    row: Annotated[Slug, Meta(description="Slug of the row")]
    fields: Annotated[
        dict[Line, Identifier],
        Meta(min_length=1, description="Template variable to slug or alias of the row's field"),
    ]


class VariablesFrom(Contract, frozen=True, kw_only=True):
    """Where variables come from that the producer does not know."""

    formaloo: FormalooVariables


Copies = Annotated[tuple[Recipient, ...], Meta(max_length=limits.MAX_RECIPIENTS - 1)]


class EmailContent(Contract, frozen=True, kw_only=True):
    """The fields of the contract, version 1: exactly what a producer may write.

    An optional field that is null counts as left out.
    """

    template_id: Annotated[Identifier, Meta(description="Id or slug of a Forma Mail template")]
    to: Annotated[tuple[Recipient, ...], Meta(min_length=1, max_length=limits.MAX_RECIPIENTS)]
    variables: dict[str, Any] = field(default_factory=dict)
    cc: Copies = ()
    bcc: Copies = ()
    reply_to: Address | None = None
    sender_email: Address | None = None
    from_name: Line | None = None
    version: Literal["published", "draft"] | None = None
    priority: Literal["low", "normal", "high"] | None = None
    scheduled_at: Instant | None = None
    headers: Annotated[dict[HeaderName, Line], Meta(max_length=limits.MAX_HEADERS)] = field(
        default_factory=dict
    )
    tags: Annotated[tuple[Tag, ...], Meta(max_length=limits.MAX_TAGS)] = ()
    metadata: dict[MetadataKey, Line | int | float | bool] = field(default_factory=dict)
    attachments: Annotated[tuple[Attachment, ...], Meta(max_length=limits.MAX_ATTACHMENTS)] = ()
    idempotency_key: IdempotencyKey | None = None
    expires_at: Instant | None = None
    variables_from: VariablesFrom | None = None


class EmailMessage(EmailContent, frozen=True, kw_only=True):
    """A valid message, and the id of the SQS message that carried it."""

    message_id: str

    @property
    def effective_key(self) -> str:
        """What makes this mail one mail: the producer's own key, else the SQS message id.

        The two kinds never collide, whatever a producer chooses as its key.

        Without `idempotencyKey` the promise is smaller. Deliveries of the same SQS message are
        still one mail; but a message that the producer puts on the queue twice, or that is moved
        out of a dead-letter queue by hand, has a new message id and is another mail.
        """
        if self.idempotency_key is not None:
            return f"key:{self.idempotency_key}"
        return f"message:{self.message_id}"

    def __repr__(self) -> str:
        return f"<EmailMessage {self.message_id!r}>"


# msgspec works out how to read a struct at the struct's first use, and a second thread that comes
# meanwhile reads it half worked out, which ends the process. The first batch of a cold start is
# parsed by several threads; so it is worked out here, under the lock of the import.
Decoder(EmailMessage)
