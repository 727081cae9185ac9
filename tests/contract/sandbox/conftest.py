"""One sandbox for the whole session, as new for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.dashboard_caller import Dashboard
from tests.contract.sandbox.formaloo_caller import Caller
from tests.contract.sandbox.formaloo_workspace import Workspace


@pytest.fixture(scope="session")
def session_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(session_sandbox: RunningSandbox) -> RunningSandbox:
    session_sandbox.control("POST", "/reset")
    return session_sandbox


@pytest.fixture
def api_key(sandbox: RunningSandbox) -> str:
    """A key with every permission."""
    return sandbox.mint_key()


@pytest.fixture
def caller(sandbox: RunningSandbox) -> Caller:
    return Caller(sandbox)


@pytest.fixture
def workspace(sandbox: RunningSandbox) -> Workspace:
    return Workspace(sandbox)


@pytest.fixture
def dashboard(sandbox: RunningSandbox) -> Dashboard:
    return Dashboard(sandbox)
