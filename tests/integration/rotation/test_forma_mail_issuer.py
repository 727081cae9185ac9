"""Keys of Forma Mail with an account of the dashboard, and without one."""

from __future__ import annotations

import time

import pytest

from formarelay.errors import OperatorNeededError, PermissionDeniedError, SecretUnavailableError
from formarelay.formamail.dashboard_session import DashboardPaths
from formarelay.formamail.issuer import FormaMailIssuer
from formarelay.http import HttpClient
from formarelay.keys import KeyRequest
from formarelay.redact import Secret
from tests.integration.rotation.providers import TIMEOUTS, credential

REQUEST = KeyRequest(
    name="formarelay test ab12cd 00000001",
    description="made by a test",
    permissions=("emails:send", "emails:read"),
    expires_at=float(int(time.time()) + 86_400),
)


class Given:
    """Whether an account is given."""

    def __init__(self) -> None:
        self.answer: bool | Exception = True

    def __call__(self) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def given():
    return Given()


@pytest.fixture
def issuer(providers, given):
    client = HttpClient(providers.sandbox.url, service="forma-mail", timeouts=TIMEOUTS)
    yield FormaMailIssuer(
        client,
        accounts=providers.account,
        has_account=given,
        clock=providers.clock,
        paths=DashboardPaths(),
    )
    client.close()


def test_with_an_account_keys_are_made_listed_and_revoked(issuer):
    minted = issuer.create(REQUEST)
    issuer.test(credential(minted), permissions=REQUEST.permissions)
    assert [key.key_id for key in issuer.list_keys()] == [minted.key_id]
    issuer.revoke(minted.key_id)
    assert issuer.is_refused(credential(minted))


def test_without_an_account_a_person_is_told_what_to_make_and_what_to_revoke(issuer, given):
    given.answer = False
    with pytest.raises(OperatorNeededError) as caught:
        issuer.create(REQUEST)
    assert REQUEST.name in str(caught.value)
    assert "emails:send, emails:read" in str(caught.value)
    assert issuer.list_keys() == []
    with pytest.raises(OperatorNeededError, match="revoke the key key-7 in the dashboard"):
        issuer.revoke("key-7")


def test_without_an_account_the_dashboard_is_never_called(issuer, given, providers):
    given.answer = False
    issuer.list_keys()
    assert providers.requests("/auth/login") == 0


def test_without_an_account_the_key_that_a_person_made_is_tested_all_the_same(
    issuer, given, providers
):
    given.answer = False
    made = {"api_key": Secret(providers.sandbox.mint_key(permissions=["emails:read"]))}
    with pytest.raises(PermissionDeniedError, match="lacks emails:send"):
        issuer.test(made, permissions=REQUEST.permissions)
    assert not issuer.is_refused(made)


def test_an_account_that_is_given_later_counts_at_once(issuer, given):
    given.answer = False
    assert issuer.list_keys() == []
    minted = issuer_with(given, issuer)
    assert [key.key_id for key in issuer.list_keys()] == [minted.key_id]


def issuer_with(given, issuer):
    given.answer = True
    return issuer.create(REQUEST)


def test_an_account_that_cannot_be_read_is_an_error_and_no_reason_to_ask_a_person(issuer, given):
    given.answer = SecretUnavailableError("the secret is not a JSON object")
    for call in (lambda: issuer.create(REQUEST), issuer.list_keys, lambda: issuer.revoke("x")):
        with pytest.raises(SecretUnavailableError):
            call()
