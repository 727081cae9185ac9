"""One TLS context for all connections to AWS, and its authorities read once."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import pytest

from formarelay.aws.session import AwsSession, read_bundles_once


@pytest.fixture(autouse=True)
def region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def context_of(client) -> ssl.SSLContext:
    return client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]


def test_all_clients_of_a_session_connect_with_one_context():
    session = AwsSession()
    contexts = {id(context_of(session.client(name))) for name in ("dynamodb", "sqs")}
    assert len(contexts) == 1


def test_a_connection_gets_that_context_and_reads_the_authorities_no_second_time(monkeypatch):
    client = AwsSession().client("dynamodb")
    context, pool = context_of(client), client._endpoint.http_session._manager
    context.load_verify_locations(certifi.where())
    before = context.cert_store_stats()
    assert before["x509_ca"] > 100
    connection = pool.connection_from_url("https://dynamodb.us-east-1.amazonaws.com")._new_conn()
    assert connection.ssl_context is context
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", None)
    connection.ssl_context.load_verify_locations(certifi.where(), None, None)
    assert context.cert_store_stats() == before


def test_a_bundle_that_could_not_be_read_is_read_again(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    read_bundles_once(context)
    bundle = tmp_path / "bundle.pem"
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            context.load_verify_locations(str(bundle))
    bundle.write_bytes(Path(certifi.where()).read_bytes())
    context.load_verify_locations(str(bundle))
    assert context.cert_store_stats()["x509_ca"] > 100


def test_a_botocore_that_is_built_otherwise_is_left_as_it_is():
    session = AwsSession()

    class Strange:
        pass

    session._share_context(Strange())
    assert session._context is None
