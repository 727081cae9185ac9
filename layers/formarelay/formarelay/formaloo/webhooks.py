"""Webhooks of a form: made, read, changed, tried and ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from formarelay.formaloo.client import Formaloo
from formarelay.formaloo.models import parse_timestamp, text_of, unexpected
from formarelay.formaloo.route import Route
from formarelay.redact import Secret

_ALL = "forms/{form}/webhooks/"
_ONE = "forms/{form}/webhooks/{webhook}/"
_SAMPLE = "forms/{form}/webhooks/{webhook}/sample-data/"
_TEST = "forms/{form}/webhooks/{webhook}/send-test/"


class WebhookFields(TypedDict, total=False):
    """What can be set, named as the provider does.

    `title`, `send_raw_data` and `send_rendered_data` stand in newer documents alone.
    """

    title: str
    active: bool
    form_submit_events: bool
    row_update_events: bool
    row_payment_events: bool
    send_raw_data: bool
    send_rendered_data: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWebhook:
    """Who is told of a form's rows. None stands for what the answer did not say.

    Args:
        slug: What the other calls take.
        url: Where deliveries go; it may hold a secret of its own, so no `repr` shows it.
        secret: Comes with each delivery, as it is; see `check_token`.
    """

    slug: str
    url: str = field(repr=False)
    secret: Secret | None
    title: str
    active: bool | None
    form_submit_events: bool | None
    row_update_events: bool | None
    row_payment_events: bool | None
    created_at: datetime | None
    updated_at: datetime | None


class FormWebhooks:
    """Manages webhooks. Reads are repeated as `Formaloo` does, changes never.

    Args:
        client: Makes the calls.
    """

    def __init__(self, client: Formaloo) -> None:
        self._reader = client.reader

    def create(
        self,
        form_slug: str,
        url: str,
        *,
        secret: Secret | None = None,
        **fields: Unpack[WebhookFields],
    ) -> FormWebhook:
        """A new webhook. Not safe to repeat: look for its URL in `list` first.

        Args:
            form_slug: The form's slug.
            url: At most 512 characters.
            secret: Give one: it is all that proves a delivery.
            fields: See `WebhookFields`.

        Raises:
            InvalidRequestError: Not made; `problems` names the fields.
            OutcomeUnknownError: Perhaps made.
            FormaError: Not made; see `formarelay.errors`.
        """
        body = {"url": url, **fields, **_secret(secret)}
        return self._reader.change(Route.of("POST", _ALL, form=form_slug), json=body, parse=_one)

    def list(self, form_slug: str) -> tuple[FormWebhook, ...]:
        """Every webhook of the form. Raises as `Formaloo.get`."""
        return self._reader.read(Route.of("GET", _ALL, form=form_slug), None, parse=_many)

    def get(self, form_slug: str, webhook_slug: str) -> FormWebhook:
        """One webhook. Raises as `Formaloo.get`."""
        route = Route.of("GET", _ONE, form=form_slug, webhook=webhook_slug)
        return self._reader.read(route, None, parse=_one)

    def update(
        self,
        form_slug: str,
        webhook_slug: str,
        *,
        url: str | None = None,
        secret: Secret | None = None,
        **fields: Unpack[WebhookFields],
    ) -> FormWebhook:
        """Changes what is given and leaves the rest. Safe to repeat. Raises as `create`."""
        body = {**fields, **_secret(secret), **({} if url is None else {"url": url})}
        route = Route.of("PATCH", _ONE, form=form_slug, webhook=webhook_slug)
        return self._reader.change(route, json=body, parse=_one)

    def delete(self, form_slug: str, webhook_slug: str) -> None:
        """Ends it at once. Raises `NotFoundError` when there is none, and as `create`."""
        route = Route.of("DELETE", _ONE, form=form_slug, webhook=webhook_slug)
        self._reader.change(route, parse=lambda data, _: data)

    def sample(self, form_slug: str, webhook_slug: str) -> Mapping[str, object]:
        """What a delivery would hold, as it comes. Raises as `Formaloo.get`."""
        route = Route.of("GET", _SAMPLE, form=form_slug, webhook=webhook_slug)
        return self._reader.read(route, None, parse=lambda data, _: data)

    def send_test(self, form_slug: str, webhook_slug: str) -> None:
        """Has a test delivery made; it comes later than the answer. Raises as `create`."""
        route = Route.of("POST", _TEST, form=form_slug, webhook=webhook_slug)
        self._reader.change(route, parse=lambda data, _: data)


def _secret(secret: Secret | None) -> dict[str, str]:
    return {} if secret is None else {"secret": secret.reveal()}


def _many(data: Mapping[str, object], operation: str) -> tuple[FormWebhook, ...]:
    items = data.get("webhooks")
    if not isinstance(items, list):
        raise unexpected("a list of webhooks was promised", operation)
    return tuple(_webhook(item, operation) for item in items)


def _one(data: Mapping[str, object], operation: str) -> FormWebhook:
    return _webhook(data.get("webhook", data), operation)


def _webhook(item: object, operation: str) -> FormWebhook:
    slug = text_of(item.get("slug")) if isinstance(item, Mapping) else ""
    if not isinstance(item, Mapping) or not slug:
        raise unexpected("a webhook has no slug", operation)
    secret = text_of(item.get("secret"))
    return FormWebhook(
        slug=slug,
        url=text_of(item.get("url")),
        secret=Secret(secret) if secret else None,
        title=text_of(item.get("title")),
        active=_flag(item.get("active")),
        form_submit_events=_flag(item.get("form_submit_events")),
        row_update_events=_flag(item.get("row_update_events")),
        row_payment_events=_flag(item.get("row_payment_events")),
        created_at=parse_timestamp(item.get("created_at")),
        updated_at=parse_timestamp(item.get("updated_at")),
    )


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
