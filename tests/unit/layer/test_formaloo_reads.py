"""Authenticated reads through the client: what is sent, and what happens when it is refused."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    InvalidRequestError,
)
from formarelay.formaloo.client import BASE_URL
from formarelay.http import Timeouts
from tests.support.formaloo import (
    ROW,
    TOKEN_OPERATION,
    Service,
    enveloped,
)


@pytest.fixture
def service():
    return Service()


def test_a_read_carries_the_token_and_the_api_key(service):
    service.mints()
    service.http.replies(json=enveloped({"form": {"slug": "f1"}}), operation="GET forms/{form}/")

    data = service.client.get("forms/{form}/", {"version": 2}, form="f1")

    assert data == {"form": {"slug": "f1"}}
    sent = service.http.requests[1]
    assert (sent.method, sent.path, sent.params) == ("GET", "/v3.0/forms/f1/", {"version": 2})
    assert dict(sent.headers) == {"authorization": "JWT token-1", "x-api-key": "api-key-one"}
    assert (sent.json, sent.form) == (None, None)
    service.http.assert_done()


def test_the_base_url_is_the_documented_one():
    assert BASE_URL == "https://api.formaloo.me"


@pytest.mark.parametrize("path", ["usage", "usage/", "/usage", "/usage/"])
def test_every_path_ends_with_a_slash(service, path):
    service.mints()
    service.http.replies(json=enveloped({}))

    service.client.get(path)

    assert service.http.requests[1].path == "/v3.0/usage/"
    assert service.http.requests[1].operation == "GET usage/"


def test_version_workspace_and_timeout_are_configurable():
    service = Service(
        version="v2.0", workspace="ws1", timeouts=Timeouts(connect_seconds=1.0, read_seconds=4.0)
    )
    service.mints()
    service.answers()

    service.client.row("r1")

    token_call, read = service.http.requests
    assert token_call.path == "/v2.0/oauth2/authorization-token/"
    assert read.path == "/v2.0/rows/r1/"
    assert read.headers["x-workspace"] == "ws1"
    assert [token_call.read_timeout_seconds, read.read_timeout_seconds] == [4.0, 4.0]


def test_every_call_has_a_finite_timeout_by_default(service):
    service.mints()
    service.answers()

    service.client.row("r1")

    assert [request.read_timeout_seconds for request in service.http.requests] == [20.0, 20.0]


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("a/b", "/v3.0/rows/a%2Fb/"),
        ("a?b=c#d", "/v3.0/rows/a%3Fb%3Dc%23d/"),
        ("a b", "/v3.0/rows/a%20b/"),
        ("%2e%2e", "/v3.0/rows/%252e%252e/"),
        ("é", "/v3.0/rows/%C3%A9/"),
        ("{row}", "/v3.0/rows/%7Brow%7D/"),
    ],
)
def test_slugs_are_percent_encoded(service, slug, path):
    service.mints()
    service.answers()

    service.client.row(slug)

    assert service.http.requests[1].path == path


@pytest.mark.parametrize("slug", ["", ".", "..", "../keys", "\ud800"])
def test_a_slug_that_would_be_another_route_is_not_sent(service, slug):
    service.mints()

    with pytest.raises(InvalidRequestError) as caught:
        service.client.row(slug)

    assert type(caught.value) is InvalidRequestError
    assert [request.operation for request in service.http.requests] in ([], [TOKEN_OPERATION])


def test_a_placeholder_without_a_slug_is_not_sent(service):
    with pytest.raises(InvalidRequestError):
        service.client.get("forms/{form}/")

    assert service.http.requests == []


def test_the_call_that_rotates_the_keys_is_no_read(service):
    with pytest.raises(ValueError, match="rotation"):
        service.client.get("keys/", {"rotate": "true"})

    assert service.http.requests == []


@pytest.mark.parametrize("data", [{"row": ROW}, ROW])
def test_a_row_is_read_by_its_slug(service, data):
    service.mints()
    service.answers(json=enveloped(data))

    row = service.client.row("r1")

    assert (row.slug, row.value("fMail")) == ("r1", "ada@example.com")
