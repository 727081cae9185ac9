"""Both clients as a script outside Lambda makes them, against one sandbox, new for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from formarelay.formaloo.api import FormalooApi
from formarelay.formamail.api import FormaMailApi
from formarelay.standalone import forma_mail, formaloo
from sandbox.testing import RunningSandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox) -> RunningSandbox:
    running_sandbox.control("POST", "/reset")
    return running_sandbox


@pytest.fixture
def mail(sandbox: RunningSandbox) -> FormaMailApi:
    key = sandbox.mint_key()
    # The seed's convention: the URL ends in the prefix.
    return forma_mail({"FORMA_MAIL_API_KEY": key, "FORMA_MAIL_API_URL": f"{sandbox.url}/api"})


@pytest.fixture
def workspace(sandbox: RunningSandbox) -> dict[str, Any]:
    """Formaloo's keys and forms, as the dashboard shows them."""
    state: dict[str, Any] = sandbox.control("GET", "/formaloo")
    return state


@pytest.fixture
def forms(sandbox: RunningSandbox, workspace: dict[str, Any]) -> FormalooApi:
    return formaloo(
        {
            "FORMALOO_API_KEY": workspace["api_key"],
            "FORMALOO_SECRET_KEY": workspace["secret_key"],
            "FORMALOO_API_URL": f"{sandbox.url}/v3.0/",
        }
    )
