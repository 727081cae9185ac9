"""Calls of AWS with the shared TLS context: the host's certificate counts there, too."""

from __future__ import annotations

import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from formarelay.aws.session import AwsSession
from formarelay.tls import shared_ssl_context
from tests.integration.http.conftest import tls_context
from tests.integration.http.raw_server import answer, answering

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def client(monkeypatch, authority_file):
    """Makes a client of a table that is behind the URL."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CA_BUNDLE", authority_file)

    def make(url: str):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        return AwsSession().client("dynamodb", config=ONCE)

    return make


def test_a_call_is_answered_and_the_context_still_verifies_the_host(
    serve, client, server_tls, authority_file
):
    server = serve(answering(answer(b'{"TableNames": ["state"]}')), tls=server_tls)
    assert client(server.url).list_tables()["TableNames"] == ["state"]
    assert shared_ssl_context(authority_file, "AWS").check_hostname is True


def test_the_certificate_of_another_host_is_refused(serve, client, authority):
    server = serve(answering(answer(b"{}")), tls=tls_context(authority, "other.example.com"))
    with pytest.raises(SSLError, match=r"127\.0\.0\.1"):
        client(server.url).list_tables()
