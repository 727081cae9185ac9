"""What goes wrong on the way, against the sandbox."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from formarelay.clock import SystemClock
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formamail.client import FormaMail
from formarelay.http import HttpClient
from sandbox.testing import RunningSandbox
from tests.integration.http.sandbox_clients import MAIL, fail_with, failure
from tests.support.api_keys import FakeKeys


@pytest.mark.parametrize(
    ("fault", "kind", "accepted"),
    [
        ("accept_then_drop", OutcomeUnknownError, 1),
        ("drop_before_accept", OutcomeUnknownError, 0),
        ("accept_then_hang:30", OutcomeUnknownError, 1),
        ("hang:30", OutcomeUnknownError, 0),
        ("slow:30000", OutcomeUnknownError, 1),
        ("drip:30", OutcomeUnknownError, 1),
        ("truncated", OutcomeUnknownError, 1),
        ("broken_json", UnexpectedResponseError, 1),
        ("empty", UnexpectedResponseError, 1),
        ("accept_then_html:200", UnexpectedResponseError, 1),
        ("accept_then_html:502", ServerError, 1),
        ("accept_then_status:500", ServerError, 1),
        ("accept_then_status:504", ServerError, 1),
        ("status:503", ServerError, 0),
        ("html", ServerError, 0),
        ("html:302", UnexpectedResponseError, 0),
    ],
)
def test_every_lost_answer_is_an_unknown_outcome_and_never_repeated(
    sandbox, client, fault, kind, accepted
):
    fail_with(sandbox, fault)
    error = failure(client(read_seconds=0.4))
    assert type(error) is kind
    assert isinstance(error, OutcomeUnknownError)
    assert len(sandbox.accepted()) == accepted
    assert sandbox.control("GET", "/requests")["total"] == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status:401", CredentialError),
        ("status:403", PermissionDeniedError),
        ("html:404", NotFoundError),
        ("html:413", InvalidRequestError),
        ("html:429", RateLimitedError),
        ("status:408", OutcomeUnknownError),
    ],
)
def test_refusals_of_whatever_stands_before_the_provider_are_classified(
    sandbox, client, fault, kind
):
    fail_with(sandbox, fault)
    assert type(failure(client())) is kind
    assert sandbox.accepted() == []


def test_a_page_that_breaks_proves_nothing(sandbox, client):
    forma_mail = client()
    forma_mail.send(MAIL)
    fail_with(sandbox, "truncated", route="GET /emails")
    with pytest.raises(OutcomeUnknownError):
        list(forma_mail.list_emails())
    assert len(list(forma_mail.list_emails())) == 1


def test_a_provider_that_is_gone_has_certainly_not_accepted(client):
    with RunningSandbox() as gone:
        key = gone.mint_key()
        http = HttpClient(gone.url, service="forma-mail")
        forma_mail = FormaMail(http, keys=FakeKeys(key), clock=SystemClock())
        forma_mail.send(MAIL)
    error = failure(forma_mail)
    http.close()
    assert type(error) is ConnectionFailedError


def test_no_failure_shows_the_key_or_an_address(sandbox, client):
    key = sandbox.mint_key()
    for fault in ("accept_then_drop", "hang:30", "truncated", "status:422", "html", "status:401"):
        fail_with(sandbox, fault)
        error = failure(client(key, read_seconds=0.3))
        text = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
        assert key not in text
        assert key.removeprefix("fm_sk_") not in text
        assert "ada@" not in text


def test_ten_threads_share_one_client(sandbox, client):
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})
    forma_mail = client()
    with ThreadPoolExecutor(10) as threads:
        ids = list(threads.map(lambda _: forma_mail.send(MAIL).email_id, range(60)))
    assert len(set(ids)) == 60
    assert sorted(mail["id"] for mail in sandbox.accepted()) == sorted(ids)
