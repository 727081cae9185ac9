from __future__ import annotations

import pytest

from formarelay.errors import (
    CredentialError,
    OutcomeUnknownError,
    QuotaExhaustedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formaloo.auth import MintedToken
from formarelay.formaloo.minting import TokenEndpoint
from formarelay.formaloo.options import FormalooOptions
from formarelay.http import Timeouts
from formarelay.redact import Secret
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp
from tests.support.formaloo import TOKEN_OPERATION, pair, refusal


@pytest.fixture
def http():
    return FakeHttp(service="formaloo")


def mint(http: FakeHttp, **options) -> MintedToken:
    endpoint = TokenEndpoint(http, clock=ManualClock(), options=FormalooOptions(**options))
    return endpoint(pair())


def test_the_secret_key_goes_verbatim_with_a_form_and_the_api_key(http):
    http.replies(json={"authorization_token": "a.b.c"})

    assert mint(http, timeouts=Timeouts(read_seconds=7.0)) == MintedToken(token=Secret("a.b.c"))
    (sent,) = http.requests
    assert (sent.method, sent.path) == ("POST", "/v3.0/oauth2/authorization-token/")
    assert sent.operation == TOKEN_OPERATION
    assert dict(sent.headers) == {
        "authorization": "Basic secret-key-one==",
        "x-api-key": "api-key-one",
    }
    assert sent.form == {"grant_type": "client_credentials"}
    assert sent.json is None
    assert sent.read_timeout_seconds == 7.0


def test_the_api_key_can_be_left_out_and_the_version_changed(http):
    http.replies(json={"authorization_token": "a.b.c"})

    mint(http, send_api_key_for_token=False, version="v1.0")

    (sent,) = http.requests
    assert sent.path == "/v1.0/oauth2/authorization-token/"
    assert dict(sent.headers) == {"authorization": "Basic secret-key-one=="}


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_status_will_do(http, status):
    http.replies(status, json={"authorization_token": "a.b.c"})

    assert mint(http) == MintedToken(token=Secret("a.b.c"))


@pytest.mark.parametrize(
    ("date", "provider_time"),
    [
        ("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_000.0),
        ("Fri, 15 Jan 2027 10:00:00 +0200", 1_800_000_000.0),
        ("", None),
        ("soon", None),
        ("Fri, 15 Jan 2027 08:00:00", None),
        ("Fri, 15 Jan 2027 08:00:00 +9999999999999999999999", None),
        ("Fri, 45 Jan 2027 08:00:00 GMT", None),
        ("Fri, 15 Jan 99999 08:00:00 GMT", None),
    ],
)
def test_the_providers_own_time_is_read_when_it_says(http, date, provider_time):
    http.replies(json={"authorization_token": "a.b.c"}, headers={"Date": date})

    assert mint(http).provider_time == provider_time


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}},
        {"json": {"authorization_token": None}},
        {"json": {"authorization_token": ""}},
        {"json": {"authorization_token": 7}},
        {"json": {"authorization_token": "a.b.c\r\nX-Evil: 1"}},
        {"json": {"authorization_token": "a.b.c "}},
        {"json": ["a.b.c"]},
        {"json": refusal(401, "Invalid secret")},
        {"body": b""},
        {"body": "<html>Please log in</html>"},
        {"body": '{"authorization_token": "a.b'},
    ],
)
def test_a_success_without_a_usable_token_is_none(http, answer):
    http.replies(200, **answer)

    with pytest.raises(UnexpectedResponseError) as caught:
        mint(http)

    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.operation == TOKEN_OPERATION
    assert caught.value.status == 200
    assert "a.b.c" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
@pytest.mark.parametrize(
    "answer", [{"json": refusal(401, "no")}, {"json": {"detail": "no"}}, {"body": "<html>"}]
)
def test_a_refusal_is_always_about_the_pair_never_about_the_call_that_needs_the_token(
    http, status, answer
):
    http.replies(status, **answer)

    with pytest.raises(CredentialError) as caught:
        mint(http)

    assert type(caught.value) is CredentialError
    assert caught.value.status == status
    assert caught.value.operation == TOKEN_OPERATION


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (402, QuotaExhaustedError),
        (429, RateLimitedError),
        (408, OutcomeUnknownError),
        (500, ServerError),
        (503, ServerError),
        (302, UnexpectedResponseError),
    ],
)
def test_other_failures_keep_their_meaning(http, status, error):
    http.replies(status, body="<html>")

    with pytest.raises(error) as caught:
        mint(http)

    assert type(caught.value) is error
    assert caught.value.status == status
