"""The sandbox and clients of it, for the tests of this folder."""

from __future__ import annotations

import pytest

from formarelay.clock import SystemClock
from formarelay.errors import (
    FormaError,
)
from formarelay.formamail.client import FormaMail, api_root
from formarelay.formamail.models import Recipient, SendRequest
from formarelay.http import HttpClient, Timeouts
from sandbox.testing import RunningSandbox
from tests.support.api_keys import FakeKeys

ADA = Recipient(email="ada@example.com")
MAIL = SendRequest(template_id="welcome", to=(ADA,), variables={"firstName": "Ada"})


class Clients:
    """Makes clients of the sandbox, and closes them with the test."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._sandbox = sandbox
        self.made: list[HttpClient] = []

    def __call__(self, *keys: str, prefix: str = "/api", read_seconds: float = 5) -> FormaMail:
        # The seed's convention: the URL ends in the prefix.
        http = HttpClient(
            api_root(f"{self._sandbox.url}/api"),
            service="forma-mail",
            timeouts=Timeouts(connect_seconds=2, read_seconds=read_seconds),
        )
        self.made.append(http)
        source = FakeKeys(*(keys or (self._sandbox.mint_key(),)))
        return FormaMail(http, keys=source, clock=SystemClock(), prefix=prefix)


def fail_with(sandbox: RunningSandbox, fault: str, *, route: str = "POST /emails/send") -> None:
    sandbox.control("POST", "/faults", {"route": route, "fault": fault})


def failure(client: FormaMail, request: SendRequest = MAIL) -> FormaError:
    with pytest.raises(FormaError) as caught:
        client.send(request)
    return caught.value
