from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from formarelay.http import HttpClient, Timeouts
from sandbox.testing import RunningSandbox
from tests.integration.http.raw_server import Serve, serving
from tests.integration.http.sandbox_clients import Clients

PATIENT = Timeouts(connect_seconds=10, read_seconds=10)
# For the tests that must see the time pass.
IMPATIENT = Timeouts(connect_seconds=10, read_seconds=0.3)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with serving() as start:
        yield start


@pytest.fixture
def connect():
    """Make a client for a base URL; closed with the test."""
    clients: list[HttpClient] = []

    def make(base_url: str, **settings: Any) -> HttpClient:
        settings.setdefault("timeouts", PATIENT)
        clients.append(HttpClient(base_url, service="forma-mail", **settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return tls_context(authority, "127.0.0.1")


def tls_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox) -> RunningSandbox:
    running_sandbox.control("POST", "/reset")
    return running_sandbox


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[Clients]:
    clients = Clients(sandbox)
    yield clients
    for http in clients.made:
        http.close()
