"""Webhook subscriptions: made, read, changed, tried and ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formarelay.errors import InvalidRequestError, NotFoundError, RateLimit
from formarelay.formamail.channel import Channel
from formarelay.formamail.replies import id_of, items_of, list_of, object_of, text_of, unexpected
from formarelay.formamail.segment import segment
from formarelay.http import HttpResponse, rate_limit_from
from formarelay.redact import Secret

CREATE = "POST webhook-subscriptions"
LIST = "GET webhook-subscriptions"
GET = "GET webhook-subscriptions/{id}"
REPLACE = "PUT webhook-subscriptions/{id}"
CHANGE = "PATCH webhook-subscriptions/{id}"
DELETE = "DELETE webhook-subscriptions/{id}"
TEST = "POST webhook-subscriptions/{id}/test"

# The union of the SDKs' list and the documentation's.
EVENTS = (
    *("email.sent", "email.delivered", "email.opened", "email.clicked", "email.bounced"),
    *("email.complained", "unsubscribe.created"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of what. What the answer does not say is empty.

    Args:
        id: The provider's id.
        url: Where deliveries go; it may hold a secret of its own, so no `repr` shows it.
        events: The events' names.
        active: Whether deliveries go out; None when the answer does not say.
        secret: What signs the deliveries; shown when the subscription is made, perhaps never again.
        rate: What the answer's headers say of the rate limit.
    """

    id: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    name: str
    active: bool | None
    secret: Secret | None
    created_at: str
    updated_at: str
    rate: RateLimit | None = None


class Subscriptions:
    """Manages subscriptions.

    Args:
        channel: Makes the calls, with the prefix `/api/v1`: the only one that documents show here.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def create(self, url: str, events: Sequence[str], *, name: str | None = None) -> Subscription:
        """A new subscription. Keep its `secret`. Not safe to repeat: look at `list` first.

        Raises:
            InvalidRequestError: Not made; `problems` names the fields.
            OutcomeUnknownError: Perhaps made.
            FormaError: See `formarelay.errors`.
        """
        body = {"url": url, "events": list(events), "name": name}
        response = self._channel.call(
            "POST", "/webhook-subscriptions", operation=CREATE, json=_given(body)
        )
        return _one(response)

    def list(self) -> tuple[Subscription, ...]:
        """Every subscription; no document pages this list."""
        response = self._channel.call("GET", "/webhook-subscriptions", operation=LIST)
        items, _ = items_of(response)
        return tuple(_subscription(item, response) for item in items)

    def get(self, subscription_id: str) -> Subscription:
        """One subscription. Raises `NotFoundError` when there is none, and as `list`."""
        return _one(self._call("GET", subscription_id, GET))

    def update(
        self,
        subscription_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        name: str | None = None,
        active: bool | None = None,
    ) -> Subscription:
        """Changes what is given and leaves the rest. Safe to repeat.

        By PUT, as the SDKs do; where that is not found or not allowed (404, 405), by PATCH, as the
        documentation says.

        Raises:
            NotFoundError: There is no such subscription, by either verb.
            InvalidRequestError: Not changed; `problems` names the fields.
            FormaError: See `formarelay.errors`.
        """
        body = _given(
            {
                "url": url,
                "events": None if events is None else list(events),
                "name": name,
                "active": active,
            }
        )
        try:
            return _one(self._call("PUT", subscription_id, REPLACE, json=body))
        except NotFoundError:
            pass
        except InvalidRequestError as error:
            if error.status != 405:
                raise
        return _one(self._call("PATCH", subscription_id, CHANGE, json=body))

    def delete(self, subscription_id: str) -> None:
        """Ends it at once. Raises `NotFoundError` when there is none, and as `update`."""
        self._call("DELETE", subscription_id, DELETE)

    def send_test(self, subscription_id: str) -> None:
        """Has a test event delivered; the provider allows 10 a minute (documentation, Limits)."""
        self._call("POST", subscription_id, TEST, suffix="/test")

    def _call(
        self,
        method: str,
        subscription_id: str,
        operation: str,
        *,
        json: object = None,
        suffix: str = "",
    ) -> HttpResponse:
        route = f"/webhook-subscriptions/{segment(subscription_id, operation=operation)}{suffix}"
        return self._channel.call(method, route, operation=operation, json=json)


def _given(body: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if value is not None}


def _one(response: HttpResponse) -> Subscription:
    return _subscription(object_of(response), response, rate=rate_limit_from(response.headers))


def _subscription(
    item: Any, response: HttpResponse, *, rate: RateLimit | None = None
) -> Subscription:
    if not isinstance(item, dict):
        raise unexpected("a subscription was promised", response)
    active, secret = item.get("active"), text_of(item.get("secret"))
    return Subscription(
        id=id_of(item, response),
        url=text_of(item.get("url")),
        events=tuple(event for event in list_of(item.get("events")) if isinstance(event, str)),
        name=text_of(item.get("name")),
        active=active if isinstance(active, bool) else None,
        secret=Secret(secret) if secret else None,
        created_at=text_of(item.get("createdAt")),
        updated_at=text_of(item.get("updatedAt")),
        rate=rate,
    )
