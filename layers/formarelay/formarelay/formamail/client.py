"""The client of Forma Mail: four calls, each made once, each error classified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from formarelay.clock import Clock
from formarelay.errors import InvalidRequestError
from formarelay.formamail.channel import SERVICE, Admit, ApiKeySource, Channel
from formarelay.formamail.listing import walk
from formarelay.formamail.models import Accepted, Email, EmailPage, SendRequest, Usage
from formarelay.formamail.replies import (
    accepted_from,
    email_from,
    page_from,
    usage_from,
)
from formarelay.http import Http

SEND = "POST emails/send"
GET = "GET emails/{id}"
LIST = "GET emails"
USAGE = "GET emails/usage/stats"

# Docs and SDKs name no maximum; more than this nobody has been seen to ask for.
PAGE_SIZE = 50

_PREFIX = re.compile(r"(?<!/)/api(/v1)?$")


def api_root(url: str) -> str:
    """The base URL without the provider's prefix, whichever convention the operator follows.

    The seed's `FORMA_MAIL_API_URL` ends in `/api`, the SDKs' base URL does not; the client adds
    its own prefix.
    """
    return _PREFIX.sub("", url.strip().rstrip("/"))


class FormaMail:
    """Forma Mail's API, version of the seed. Usable from many threads when its parts are.

    Makes one HTTP call a method call, and never repeats one that may have been executed: calls
    cost rate, and whoever reserves the rate decides about repeating. After a 401, which proves
    that nothing was executed, it asks for another key and repeats once.

    Args:
        http: A client for `api_root(url)`.
        keys: Where the API key comes from.
        clock: Its wall clock turns instants of the provider into waits.
        prefix: `/api` (seed) or `/api/v1` (SDKs).
    """

    def __init__(
        self, http: Http, *, keys: ApiKeySource, clock: Clock, prefix: str = "/api"
    ) -> None:
        self._channel = Channel(http, keys=keys, clock=clock, prefix=prefix)

    def send(
        self,
        request: SendRequest,
        *,
        read_timeout_seconds: float | None = None,
        admit: Admit | None = None,
    ) -> Accepted:
        """Send one mail. Not safe to repeat: the provider has no idempotency key.

        `admit` is called before each of the one or two HTTP requests that this takes; what it
        raises passes through, and proves that the mail was not accepted.

        Raises:
            ConnectionFailedError: Certainly not accepted.
            RateLimitedError: Not accepted.
            CredentialError: Not accepted; no other key is known.
            PermissionDeniedError: Not accepted; the key lacks `emails:send`.
            QuotaExhaustedError: Not accepted.
            PermanentError: Not accepted, and never will be.
            OutcomeUnknownError: Perhaps accepted: look it up before sending it again.
            SecretUnavailableError: Not accepted; there is no key.
        """
        response = self._channel.call(
            "POST",
            "/emails/send",
            operation=SEND,
            json=_body(request),
            read_timeout_seconds=read_timeout_seconds,
            admit=admit,
        )
        return accepted_from(response, request)

    def get(self, email_id: str, *, read_timeout_seconds: float | None = None) -> Email:
        """One mail. Needs `emails:read`; raises as `send` does, `NotFoundError` when unknown."""
        # An empty id would ask for the list, and a path resolves dots.
        if email_id in {"", ".", ".."}:
            raise InvalidRequestError("not an id of a mail", service=SERVICE, operation=GET)
        response = self._channel.call(
            "GET",
            f"/emails/{quote(email_id, safe='')}",
            operation=GET,
            read_timeout_seconds=read_timeout_seconds,
        )
        return email_from(response)

    def list_page(
        self,
        *,
        page: int = 1,
        recipient: str | None = None,
        template_id: str | None = None,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        status: str | None = None,
        page_size: int = PAGE_SIZE,
        read_timeout_seconds: float | None = None,
        admit: Admit | None = None,
    ) -> EmailPage:
        """One page of the mails that match every given filter. Needs `emails:read`.

        Raises as `send` does. `date_from` and `date_to` need a zone.
        """
        response = self._channel.call(
            "GET",
            "/emails",
            operation=LIST,
            params={
                "recipient": recipient,
                "templateId": template_id,
                "dateFrom": _instant(date_from),
                "dateTo": _instant(date_to),
                "status": status,
                "limit": page_size,
                "page": page,
            },
            read_timeout_seconds=read_timeout_seconds,
            admit=admit,
        )
        return page_from(response)

    def list_emails(
        self,
        *,
        recipient: str | None = None,
        template_id: str | None = None,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        status: str | None = None,
        page_size: int = PAGE_SIZE,
        read_timeout_seconds: float | None = None,
        admit: Admit | None = None,
    ) -> Iterator[Email]:
        """All matching mails, each once; one call a page, made when the page is reached.

        `admit` is called before each HTTP request, as `send` does.
        Raises as `send` does, and `UnexpectedResponseError` when the pages do not show all that
        the provider says there is. A normal end therefore means: there are no others.
        """

        def fetch(page: int) -> EmailPage:
            return self.list_page(
                page=page,
                recipient=recipient,
                template_id=template_id,
                date_from=date_from,
                date_to=date_to,
                status=status,
                page_size=page_size,
                read_timeout_seconds=read_timeout_seconds,
                admit=admit,
            )

        return walk(fetch, service=SERVICE, operation=LIST)

    def usage(
        self, *, read_timeout_seconds: float | None = None, admit: Admit | None = None
    ) -> Usage:
        """The quota and its use. Any valid key may ask (seed); raises as `send` does.

        `admit` is called before each HTTP request, as `send` does.
        """
        response = self._channel.call(
            "GET",
            "/emails/usage/stats",
            operation=USAGE,
            read_timeout_seconds=read_timeout_seconds,
            admit=admit,
        )
        return usage_from(response)


def _body(request: SendRequest) -> object:
    try:
        body = msgspec.to_builtins(request)
    except (TypeError, ValueError, RecursionError):
        body = None
    if body is None:
        raise InvalidRequestError(
            "not sent: a variable has no JSON form", service=SERVICE, operation=SEND
        )
    # Whether it may be missing is documented both ways; the seed always sends it.
    body.setdefault("variables", {})
    return body


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
