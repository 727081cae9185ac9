from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from formarelay.http import HttpClient, Timeouts
from tests.integration.http.raw_server import Serve, serving

# Short, because some tests must see them pass.
TIMEOUTS = Timeouts(connect_seconds=0.5, read_seconds=0.5)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with serving() as start:
        yield start


@pytest.fixture
def connect():
    """Make a client for a base URL; closed with the test."""
    clients: list[HttpClient] = []

    def make(base_url: str, **settings: Any) -> HttpClient:
        settings.setdefault("timeouts", TIMEOUTS)
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
