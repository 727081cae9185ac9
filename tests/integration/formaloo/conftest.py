from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from formarelay.clock import Clock
from formarelay.formaloo.client import Formaloo, FormalooOptions
from formarelay.http import HttpClient, Timeouts
from sandbox.testing import RunningSandbox
from tests.integration.formaloo.provider import Provider, Twin

TIMEOUTS = Timeouts(connect_seconds=2.0, read_seconds=2.0)

MakeClient = Callable[..., Formaloo]


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def provider(running_sandbox: RunningSandbox) -> Provider:
    """The sandbox as new."""
    running_sandbox.control("POST", "/reset")
    running_sandbox.control("PUT", "/clock", {"offset_seconds": 0})
    return Provider(running_sandbox)


@pytest.fixture
def clock(provider: Provider) -> Twin:
    """Our clock; `advance` moves the provider's along."""
    return Twin(provider)


@pytest.fixture
def make_client(provider: Provider, clock: Twin) -> Iterator[MakeClient]:
    opened: list[HttpClient] = []

    def make(*, own_clock: Clock | None = None, **options: Any) -> Formaloo:
        timeouts = options.setdefault("timeouts", TIMEOUTS)
        http = HttpClient(provider.url, service="formaloo", timeouts=timeouts, pool_size=8)
        opened.append(http)
        return Formaloo(
            http,
            credentials=provider,
            clock=own_clock or clock,
            options=FormalooOptions(**options),
            sleep=lambda seconds: None,
            random=lambda: 1.0,
        )

    yield make
    for http in opened:
        http.close()


@pytest.fixture
def client(make_client: MakeClient) -> Formaloo:
    return make_client()
