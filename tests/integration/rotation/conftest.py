from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.testing import RunningSandbox
from tests.integration.rotation.providers import Providers


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def providers(running_sandbox: RunningSandbox) -> Iterator[Providers]:
    """The sandbox as new, and the real adapters that talk to it."""
    running_sandbox.control("POST", "/reset")
    running_sandbox.control("PUT", "/clock", {"offset_seconds": 0})
    providers = Providers(running_sandbox)
    yield providers
    providers.close()
