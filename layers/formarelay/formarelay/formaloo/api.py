"""All of Formaloo's API that a workspace's keys may use; the sender has `client`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from formarelay.clock import Clock, SystemClock
from formarelay.formaloo.client import Formaloo
from formarelay.formaloo.credentials import FormalooCredentials, FormalooCredentialSource
from formarelay.formaloo.forms import Forms
from formarelay.formaloo.models import text_of
from formarelay.formaloo.options import FormalooOptions
from formarelay.formaloo.pair_issuer import pair_in
from formarelay.formaloo.rows import Rows
from formarelay.formaloo.usage import UsagePair, find_usage_pairs
from formarelay.formaloo.webhooks import FormWebhooks
from formarelay.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who the keys belong to. Its shape is undocumented: what is not found is empty."""

    email: str
    first_name: str
    last_name: str
    raw: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalooUsage:
    """The use of a workspace. Its shape is undocumented: `pairs` is what was found in `raw`."""

    pairs: tuple[UsagePair, ...]
    raw: Mapping[str, object] = field(repr=False)


class FormalooApi:
    """Formaloo's API by its parts: `forms`, `rows`, `webhooks`; and `submit` of `client`.

    Safe to share between threads: all parts use the same tokens. Reads are repeated after
    transient failures, changes never.

    Args:
        http: Bound to `BASE_URL`, service `formaloo`.
        credentials: Where the pair of keys comes from.
        clock: Both of its clocks limit the life of a token.
        options: See `FormalooOptions`.
        sleep: Waits between repeated reads.
        random: Returns a number from 0 to 1; spreads those waits.
    """

    def __init__(
        self,
        http: Http,
        *,
        credentials: FormalooCredentialSource,
        clock: Clock | None = None,
        options: FormalooOptions | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        options = options or FormalooOptions()
        self.client = Formaloo(
            http,
            credentials=credentials,
            clock=clock or SystemClock(),
            options=options,
            sleep=sleep,
            random=random,
        )
        self.submit = self.client.submit
        self.forms = Forms(self.client, options=options)
        self.rows = Rows(self.client)
        self.webhooks = FormWebhooks(self.client)

    def usage(self, business_slug: str | None = None) -> FormalooUsage:
        """The use of the keys' workspace, or of the one named. Raises as `Formaloo.get`."""
        if business_slug is None:
            raw = self.client.get("usage/")
        else:
            raw = self.client.get("businesses/{business}/usage/", business=business_slug)
        return FormalooUsage(pairs=find_usage_pairs(raw), raw=raw)

    def keys(self) -> FormalooCredentials:
        """The present pair. Changes nothing: rotating is the rotation's alone.

        Raises:
            UnexpectedResponseError: There is no pair in the answer.
            FormaError: As `Formaloo.get`.
        """
        pair = pair_in(self.client.get("keys/"))
        return FormalooCredentials(api_key=pair["api_key"], secret_key=pair["secret_key"])

    def profile(self) -> Profile:
        """Who the keys belong to; a call that tells whether they work. Raises as `Formaloo.get`."""
        raw = self.client.get("profile/")
        inner = raw.get("profile", raw)
        data = inner if isinstance(inner, Mapping) else {}
        return Profile(
            email=text_of(data.get("email")),
            first_name=text_of(data.get("first_name")),
            last_name=text_of(data.get("last_name")),
            raw=raw,
        )
