"""What needs no connection; the rest is in `tests/integration/http`."""

from __future__ import annotations

import http.client
import itertools
import socket
import ssl

import pytest
import urllib3.exceptions

from formarelay.errors import ConnectionFailedError, OutcomeUnknownError, SettingsError
from formarelay.http import HttpClient
from formarelay.http.failure import transport_error

pytestmark = pytest.mark.disable_socket


@pytest.mark.parametrize(
    "url",
    [
        "https://api.formamail.com",
        "https://api.formaloo.me:8443/v3.0/",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:8080",
    ],
)
def test_https_and_this_machine_are_accepted(url):
    HttpClient(url, service="forma-mail").close()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.formamail.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]",
        "ftp://localhost",
        "file:///etc/passwd",
    ],
)
def test_plain_http_to_another_machine_is_refused(url):
    with pytest.raises(SettingsError) as caught:
        HttpClient(url, service="forma-mail")
    assert str(caught.value).startswith("forma-mail: the base URL must ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.formamail.com",
        "https://",
        "https://user:canary@api.formamail.com",
        "https://canary@api.formamail.com",
        "https://api.formamail.com?key=canary",
        "https://api.formamail.com#canary",
        "https://api.formamail.com:0",
        "https://api.formamail.com:99999",
        "https://[canary",
    ],
)
def test_a_base_url_is_only_a_place(url):
    with pytest.raises(SettingsError) as caught:
        HttpClient(url, service="forma-mail")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_an_unusable_authority_file_is_a_fault_of_the_settings(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        HttpClient("https://api.formamail.com", service="forma-mail", ca_bundle=str(path))
    assert caught.value.detail == "the CA bundle cannot be read"


def chained(*links: BaseException) -> BaseException:
    for outer, inner in itertools.pairwise(links):
        outer.__cause__ = inner
    return links[0]


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (chained(OSError(), socket.gaierror()), "the host name cannot be resolved"),
        (chained(OSError(), ssl.SSLCertVerificationError()), "the certificate was not accepted"),
        (OSError(ssl.SSLError()), "the TLS connection failed"),
        (chained(OSError(), OSError(), ConnectionRefusedError()), "the connection was refused"),
        (http.client.RemoteDisconnected(), "the connection was closed without an answer"),
        (BrokenPipeError(), "the connection was reset"),
        (TimeoutError(), "timed out"),
        (urllib3.exceptions.ConnectTimeoutError(), "timed out"),
        (OSError("canary"), "the connection failed"),
    ],
)
def test_a_failure_is_named_in_our_own_words(error, what):
    sent = transport_error(error, executable=True, service="s", operation="o")
    unsent = transport_error(error, executable=False, service="s", operation="o")
    assert (type(sent), sent.detail) == (OutcomeUnknownError, f"no complete answer: {what}")
    assert (type(unsent), unsent.detail) == (ConnectionFailedError, f"not sent: {what}")


def test_a_chain_that_bites_its_tail_ends():
    error = OSError()
    error.__context__ = error.__cause__ = OSError()
    error.__cause__.__cause__ = error
    assert transport_error(error, executable=True, service="", operation="").detail.endswith(
        "the connection failed"
    )
