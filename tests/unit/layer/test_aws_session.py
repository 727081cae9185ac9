"""One TLS context for all connections, its authorities read once; models found without a search."""

from __future__ import annotations

import ssl
from pathlib import Path
from types import SimpleNamespace

import botocore.exceptions
import botocore.session
import certifi
import pytest
from botocore.loaders import Loader

from formarelay.aws.session import AwsSession, _share_context
from formarelay.errors import SettingsError
from formarelay.tls import shared_ssl_context


@pytest.fixture(autouse=True)
def region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def context_of(client) -> ssl.SSLContext:
    return client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]


def test_aws_is_reached_with_the_context_of_the_providers():
    session = AwsSession()
    for name in ("dynamodb", "sqs"):
        assert context_of(session.client(name)) is shared_ssl_context(None, "forma-mail")


def test_that_context_verifies_the_host_and_needs_tls_1_2():
    context = shared_ssl_context(None, "forma-mail")
    assert context.check_hostname is True
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 100


def test_other_authorities_for_aws_are_not_trusted_for_a_provider(monkeypatch, tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    session = AwsSession()
    contexts = {context_of(session.client(name)) for name in ("dynamodb", "sqs")}
    assert contexts == {shared_ssl_context(str(bundle), "AWS")}
    assert shared_ssl_context(None, "forma-mail") not in contexts


def test_authorities_that_cannot_be_read_are_a_wrong_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(SettingsError, match=r"AWS: .*the CA bundle cannot be read"):
        AwsSession().client("dynamodb")


def test_a_connection_reads_the_authorities_no_second_time(monkeypatch):
    client = AwsSession().client("dynamodb")
    context, pool = context_of(client), client._endpoint.http_session._manager
    connection = pool.connection_from_url("https://dynamodb.us-east-1.amazonaws.com")._new_conn()
    assert connection.ssl_context is context
    before = context.cert_store_stats()
    connection.ssl_context.load_verify_locations(certifi.where(), None, None)
    assert context.cert_store_stats() == before


def test_authorities_beside_those_are_read(tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"nothing")
    with pytest.raises(ssl.SSLError):
        shared_ssl_context(None, "forma-mail").load_verify_locations(str(bundle))


def test_a_botocore_that_is_built_otherwise_is_left_as_it_is():
    pool = SimpleNamespace(connection_pool_kw={"maxsize": 10})
    http = SimpleNamespace(_verify=True, _manager=pool)
    _share_context(SimpleNamespace(_endpoint=SimpleNamespace(http_session=http)))
    assert pool.connection_pool_kw == {"maxsize": 10}
    strange = SimpleNamespace(_endpoint=None)
    _share_context(strange)
    assert vars(strange) == {"_endpoint": None}


def test_a_client_is_made_without_a_search_for_services(monkeypatch):
    def search(self, type_name):
        pytest.fail(f"searched for all services with a {type_name}")

    monkeypatch.setattr(Loader, "list_available_services", search)
    client = AwsSession().client("dynamodb")
    assert client.meta.service_model.api_version == "2012-08-10"


def test_a_service_that_does_not_exist_is_told():
    with pytest.raises(botocore.exceptions.DataNotFoundError, match="no-such-service"):
        AwsSession().client("no-such-service")
