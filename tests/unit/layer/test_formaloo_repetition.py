"""Which failures of a read are answered by another attempt, and when."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.retry import RetryPolicy
from tests.support.formaloo import (
    Service,
    enveloped,
    refusal,
)


@pytest.fixture
def service():
    return Service()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
    ],
)
def test_what_a_repetition_cannot_help_is_not_repeated(service, status, error):
    service.mints()
    service.answers(status, json=refusal(status, "no"))

    with pytest.raises(error) as caught:
        service.client.row("r1")

    assert type(caught.value) is error
    assert caught.value.service == "formaloo"
    assert caught.value.operation == "GET rows/{row}/"
    assert len(service.http.requests) == 2
    assert service.waits == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_repeated_after_a_server_error(service, status):
    service.mints()
    service.answers(status, times=2)
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25, 0.5]
    service.http.assert_done()


@pytest.mark.parametrize("failure", [ConnectionFailedError, OutcomeUnknownError])
def test_a_read_is_repeated_after_a_failure_of_the_network(service, failure):
    service.mints()
    service.http.fails(failure, operation="GET rows/{row}/")
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25]


def test_a_failed_mint_is_repeated_with_the_read(service):
    service.mints(503, 200)
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25]
    assert service.sent[-1] == "JWT token-2"


def test_an_answer_that_is_no_row_is_asked_for_again(service):
    service.mints()
    service.answers(json=enveloped({"row": {}}))
    service.answers()

    assert service.client.row("r1").slug == "r1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 503}, ServerError),
        ({"json": {"data": {"row": {}}}}, UnexpectedResponseError),
        ({"status": 301}, UnexpectedResponseError),
    ],
)
def test_a_read_is_repeated_only_so_often(service, answer, error):
    service.mints()
    service.answers(**answer, times=3)

    with pytest.raises(error) as caught:
        service.client.row("r1")

    assert type(caught.value) is error
    assert service.waits == [0.25, 0.5]
    service.http.assert_done()


def test_a_caller_in_a_hurry_can_do_without_repetition():
    service = Service(retry=RetryPolicy(attempts=1))
    service.mints()
    service.answers(503)

    with pytest.raises(ServerError):
        service.client.row("r1")

    assert service.waits == []
    service.http.assert_done()


def test_a_short_wait_that_the_provider_advises_is_kept(service):
    service.mints()
    service.answers(429, headers={"Retry-After": "7"})
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [7.0]


def test_a_long_wait_that_the_provider_advises_is_the_callers(service):
    service.mints()
    service.answers(429, headers={"Retry-After": "60"})

    with pytest.raises(RateLimitedError) as caught:
        service.client.row("r1")

    assert caught.value.retry_after_seconds == 60.0
    assert service.waits == []


def test_a_token_that_grew_old_while_waiting_is_not_used_for_the_repetition(service):
    service.mints(200, 200)
    service.answers(503, before=lambda: service.clock.advance(16))
    service.answers()

    service.client.row("r1")

    assert service.sent[-1] == "JWT token-2"
