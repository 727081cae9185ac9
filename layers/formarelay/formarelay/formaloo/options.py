"""How to talk to Formaloo where its documents disagree or leave the choice."""

from __future__ import annotations

from dataclasses import dataclass, field

from formarelay.formaloo.lifetime import LONGEST_LIFETIME_SECONDS
from formarelay.http import Timeouts
from formarelay.retry import RetryPolicy

# Newest official documentation; the seed's copy has lost its URLs.
BASE_URL = "https://api.formaloo.me"
VERSION = "v3.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalooOptions:
    """Options of `Formaloo`.

    Args:
        version: Path prefix of the API.
        workspace: Sent as `x-workspace` with authenticated calls when not empty; a key that is
            bound to one workspace needs none.
        send_api_key_for_token: The seed says both that the token call needs no API key and that
            every call does; sending it satisfies both.
        token_lifetime_seconds: See `TokenSource`.
        timeouts: Those of the `Http` given to the client: they decide how fresh a token must be.
        retry: How often and how patiently a read is repeated.
        most_page_requests: A crawl that needs more has gone wrong.
    """

    version: str = VERSION
    workspace: str = ""
    send_api_key_for_token: bool = True
    token_lifetime_seconds: float = LONGEST_LIFETIME_SECONDS
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    most_page_requests: int = 10_000
