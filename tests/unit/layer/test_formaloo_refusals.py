"""What the client does about a token that grows old and about a 401."""

from __future__ import annotations

import threading

import pytest

from formarelay.errors import (
    CredentialError,
    SecretUnavailableError,
)
from formarelay.http import HttpResponse
from tests.support.fake_http import SentRequest
from tests.support.formaloo import (
    PATIENCE_SECONDS,
    TOKEN_OPERATION,
    Service,
    StoredPair,
    in_threads,
    pair,
)


@pytest.fixture
def service():
    return Service()


def test_one_token_serves_many_calls_until_it_is_too_old(service):
    service.mints(200, 200)
    service.answers(times=4)

    service.client.row("r1")
    service.client.row("r1")
    service.clock.advance(14.9)
    service.client.row("r1")
    service.clock.advance(0.2)
    service.client.row("r1")

    assert service.sent == [
        "Basic secret-key-one==", "JWT token-1", "JWT token-1", "JWT token-1",
        "Basic secret-key-one==", "JWT token-2",
    ]  # fmt: skip
    service.http.assert_done()


def test_a_401_leads_to_one_new_token_and_one_repetition(service):
    service.mints(200, 200)
    service.refuses()
    service.answers(times=2)

    assert service.client.row("r1").slug == "r1"
    assert service.client.row("r1").slug == "r1"

    assert service.sent == [
        "Basic secret-key-one==", "JWT token-1", "Basic secret-key-one==",
        "JWT token-2", "JWT token-2",
    ]  # fmt: skip
    assert service.waits == []


def test_a_second_401_is_the_callers_and_its_token_is_not_used_again(service):
    service.mints(200, 200, 200)
    service.refuses(times=2)
    service.answers()

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")
    service.client.row("r1")

    assert type(caught.value) is CredentialError
    assert caught.value.operation == "GET rows/{row}/"
    assert service.sent[-2:] == ["Basic secret-key-one==", "JWT token-3"]
    service.http.assert_done()


def test_rotated_keys_are_picked_up_at_the_first_401():
    service = Service(stored=StoredPair(pair("old"), after_refresh=pair("new")))
    service.mints(200, 401, 200)
    service.refuses()
    service.answers()

    assert service.client.row("r1").slug == "r1"

    assert [(sent.headers["Authorization"], sent.headers["x-api-key"])
            for sent in service.http.requests] == [
        ("Basic secret-key-old==", "api-key-old"),
        ("JWT token-1", "api-key-old"),
        ("Basic secret-key-old==", "api-key-old"),
        ("Basic secret-key-new==", "api-key-new"),
        ("JWT token-3", "api-key-new"),
    ]  # fmt: skip
    service.http.assert_done()


def test_a_refused_pair_without_another_ends_the_call(service):
    service.mints(401)

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")

    assert type(caught.value) is CredentialError
    assert caught.value.operation == TOKEN_OPERATION
    assert len(service.http.requests) == 1


def test_a_missing_token_endpoint_is_not_taken_for_a_missing_row(service):
    service.mints(404)

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")

    assert type(caught.value) is CredentialError


def test_unreadable_keys_end_the_call_before_anything_is_sent(service):
    def current():
        raise SecretUnavailableError("no secret")

    service.stored.current = current

    with pytest.raises(SecretUnavailableError):
        service.client.row("r1")

    assert service.http.requests == []


def test_threads_that_are_refused_with_one_token_cause_one_new_token(service):
    number = 6
    service.mints(200, 200)
    service.answers()
    service.client.row("r1")
    together = threading.Barrier(number)

    def judge(request: SentRequest) -> HttpResponse:
        """Refuse the first token, but only when every thread has come with it."""
        old = request.headers["Authorization"] == "JWT token-1"
        if old:
            together.wait(PATIENCE_SECONDS)
        return HttpResponse(
            status=401 if old else 200,
            body=b"{}" if old else b'{"data": {"row": {"slug": "r1", "data": {}}}}',
            service="formaloo",
            operation=request.operation,
        )

    service.http.otherwise = judge

    rows = in_threads(number, lambda: service.client.row("r1"))

    assert [future.result().slug for future in rows] == ["r1"] * number
    assert sorted(service.sent[2:]) == sorted(
        ["JWT token-1"] * number + ["Basic secret-key-one=="] + ["JWT token-2"] * number
    )
