"""All of Forma Mail's API that a key may use, for scripts and services; the sender has `client`."""

from __future__ import annotations

from dataclasses import dataclass

from formarelay.clock import Clock, SystemClock
from formarelay.errors import RateLimit
from formarelay.formamail.bulk import Bulk
from formarelay.formamail.channel import ApiKeySource, Channel
from formarelay.formamail.client import FormaMail
from formarelay.formamail.emails import Emails
from formarelay.formamail.key_check import KeyCheck, KeyState
from formarelay.formamail.models import Usage
from formarelay.formamail.replies import id_of, object_of, text_of
from formarelay.formamail.subscriptions import Subscriptions
from formarelay.formamail.templates import Templates
from formarelay.http import Http, rate_limit_from

ME = "GET me"
# The SDKs' prefix, the only one that any document shows for these routes.
_VERSIONED = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the key belongs to (SDKs). What the answer does not say is empty."""

    id: str
    email: str
    name: str
    team_id: str
    team_name: str
    rate: RateLimit | None


class FormaMailApi:
    """Forma Mail's API by its parts: `emails`, `bulk`, `templates`, `subscriptions`.

    Each method is one HTTP call, or one a page; after a 401 it asks for another key and repeats
    once. Nothing else is repeated. Usable from many threads when its parts are.

    Args:
        http: A client for `api_root(url)`.
        keys: Where the API key comes from.
        clock: Its wall clock turns instants of the provider into waits.
        prefix: `/api` (seed) or `/api/v1` (SDKs), for everything but `me` and `subscriptions`.
    """

    def __init__(
        self,
        http: Http,
        *,
        keys: ApiKeySource,
        clock: Clock | None = None,
        prefix: str = "/api",
    ) -> None:
        clock = clock or SystemClock()
        client = FormaMail(http, keys=keys, clock=clock, prefix=prefix)
        channel = Channel(http, keys=keys, clock=clock, prefix=prefix)
        self._versioned = Channel(http, keys=keys, clock=clock, prefix=_VERSIONED)
        self._client = client
        self._keys = keys
        self._key_check = KeyCheck(http, clock=clock, prefix=prefix)
        self.emails = Emails(client)
        self.bulk = Bulk(channel)
        self.templates = Templates(channel)
        self.subscriptions = Subscriptions(self._versioned)

    def usage(self) -> Usage:
        """The quota and its use; see `FormaMail.usage`."""
        return self._client.usage()

    def me(self) -> Me:
        """Who the key belongs to.

        Raises:
            FormaError: See `formarelay.errors`.
        """
        response = self._versioned.call("GET", "/me", operation=ME)
        data = object_of(response)
        return Me(
            id=id_of(data, response),
            email=text_of(data.get("email")),
            name=text_of(data.get("name")),
            team_id=text_of(data.get("teamId")),
            team_name=text_of(data.get("teamName")),
            rate=rate_limit_from(response.headers),
        )

    def key_state(self) -> KeyState:
        """Whether the present key is good; see `KeyCheck.state`."""
        return self._key_check.state(self._keys.current())
