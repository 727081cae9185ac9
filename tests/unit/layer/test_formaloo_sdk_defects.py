"""What goes wrong in Formaloo's own Python SDK must not go wrong here: one test a defect."""

from __future__ import annotations

import logging
import traceback

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    InvalidRequestError,
    OutcomeUnknownError,
    SecretUnavailableError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formaloo.auth import FormalooCredentials
from formarelay.redact import Secret
from tests.support.formaloo import (
    TOKEN_OPERATION,
    Service,
    StoredPair,
    enveloped,
    pair,
    refusal,
)


@pytest.fixture
def service():
    return Service()


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500, 503])
def test_without_a_token_no_call_is_made_with_jwt_none(service, status):
    service.mints(*[status] * 3)

    with pytest.raises(FormaError):
        service.client.row("r1")

    assert {request.operation for request in service.http.requests} == {TOKEN_OPERATION}


@pytest.mark.parametrize("body", [{}, {"authorization_token": None}])
def test_a_success_without_a_token_makes_no_call_with_jwt_none_either(service, body):
    service.http.replies(200, json=body, operation=TOKEN_OPERATION, times=3)

    with pytest.raises(UnexpectedResponseError):
        service.client.row("r1")

    assert {request.operation for request in service.http.requests} == {TOKEN_OPERATION}


@pytest.mark.parametrize(
    ("status", "error"), [(400, CredentialError), (401, CredentialError), (500, ServerError)]
)
def test_a_failed_token_call_is_told_as_what_it_was(service, status, error):
    service.mints(*[status] * 3)

    with pytest.raises(error) as caught:
        service.client.row("r1")

    assert type(caught.value) is error
    assert str(caught.value).startswith(f"formaloo {TOKEN_OPERATION} {status}: ")


def test_an_empty_204_is_no_success(service):
    service.mints()
    service.http.replies(204, operation="GET rows/{row}/", times=3)

    with pytest.raises(UnexpectedResponseError) as caught:
        service.client.row("r1")

    assert caught.value.status == 204


def test_missing_keys_fail_instead_of_answering_204():
    with pytest.raises(SecretUnavailableError):
        FormalooCredentials(api_key=Secret(""), secret_key=Secret(""))


def test_every_call_has_a_timeout(service):
    service.mints()
    service.answers()
    service.http.replies(201, json=enveloped({"slug": "r9"}))

    service.client.row("r1")
    service.client.submit("f1", {})

    assert [request.read_timeout_seconds for request in service.http.requests] == [20.0] * 3


def test_a_token_is_not_kept_for_five_minutes(service):
    service.mints(200, 200)
    service.answers(times=2)

    service.client.row("r1")
    service.clock.advance(30)
    service.client.row("r1")

    assert service.sent[-1] == "JWT token-2"


def test_a_refused_token_is_replaced(service):
    service.mints(200, 200)
    service.refuses()
    service.answers()

    assert service.client.row("r1").slug == "r1"


def test_two_clients_share_neither_keys_nor_tokens():
    one, two = Service(), Service(stored=StoredPair(pair("two")))
    for each in (one, two):
        each.mints()
        each.answers()
        each.client.row("r1")

    assert one.http.requests[1].headers["x-api-key"] == "api-key-one"
    assert two.http.requests[1].headers["x-api-key"] == "api-key-two"
    assert two.sent[0] == "Basic secret-key-two=="


CANARY = "CANARY7f3a"


def faulty_reads(service: Service, fault: str) -> type[FormaError]:
    texts = {"json": refusal(400, CANARY, form={CANARY + " x": [CANARY]})}
    if fault == "no token":
        service.http.replies(200, json={"token": CANARY}, operation=TOKEN_OPERATION, times=9)
        return UnexpectedResponseError
    if fault == "token refused":
        service.http.replies(401, **texts, operation=TOKEN_OPERATION, times=9)
        return CredentialError
    service.http.replies(
        json={"authorization_token": f"a.{CANARY}.c"}, operation=TOKEN_OPERATION, times=9
    )
    if fault == "cannot connect":
        service.http.fails(ConnectionFailedError, times=9)
        return ConnectionFailedError
    if fault == "no answer":
        service.http.fails(OutcomeUnknownError, times=9)
        return OutcomeUnknownError
    status, error = {
        "refused": (401, CredentialError),
        "invalid": (400, InvalidRequestError),
        "down": (500, ServerError),
        "errors in a success": (200, UnexpectedResponseError),
        "moved": (302, UnexpectedResponseError),
    }[fault]
    service.http.replies(status, **texts, times=9)
    return error


@pytest.mark.parametrize(
    "fault",
    ["no token", "token refused", "cannot connect", "no answer", "refused", "invalid", "down",
     "errors in a success", "moved"],
)  # fmt: skip
def test_no_failure_shows_a_key_a_token_a_slug_or_a_text_of_the_provider(fault, caplog):
    keys = FormalooCredentials(
        api_key=Secret(f"api-{CANARY}"), secret_key=Secret(f"secret-{CANARY}")
    )
    service = Service(stored=StoredPair(keys))
    error = faulty_reads(service, fault)

    with caplog.at_level(logging.DEBUG), pytest.raises(error) as caught:
        service.client.row(f"row-{CANARY}")

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert CANARY not in shown
