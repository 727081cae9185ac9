"""Formaloo's pair swapped, read and tried at the sandbox."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    CredentialError,
    OutcomeUnknownError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.redact import Secret

KEYS = "GET /keys/"


def shown(pair):
    return {name: secret.reveal() for name, secret in pair.items()}


@pytest.fixture
def issuer(providers):
    issuer = providers.formaloo
    issuer.prepare(providers.pair())
    return issuer


def test_a_swap_ends_the_old_pair_and_gives_the_new_one(providers, issuer):
    old = providers.pair()
    answer = issuer.swap(old)
    new = issuer.pair_of(answer)
    assert shown(new) == shown(providers.pair())
    assert shown(new) != shown(old)
    assert issuer.is_refused(old)
    assert not issuer.is_refused(new)
    issuer.test(new)
    assert providers.requests("/keys/") == 1


@pytest.mark.parametrize(
    "knobs",
    [
        {"formaloo_api_key_field": "key", "formaloo_secret_key_field": "secret"},
        {"formaloo_api_key_field": "apiKey", "formaloo_secret_key_field": "secretKey"},
        {"formaloo_keys_key": "credentials"},
    ],
)
def test_the_pair_is_found_under_other_names(providers, issuer, knobs):
    providers.profile(**knobs)
    assert shown(issuer.pair_of(issuer.swap(providers.pair()))) == shown(providers.pair())


def test_an_answer_without_a_pair_is_given_as_it_came(providers, issuer):
    providers.profile(formaloo_secret_key_field="mystery")
    answer = issuer.swap(providers.pair())
    assert shown(providers.pair())["secret_key"] in answer.reveal()
    with pytest.raises(UnexpectedResponseError, match="no usable secret key"):
        issuer.pair_of(answer)


@pytest.mark.parametrize("text", ["", "nothing", "[1]", '{"data": []}', '{"data": {"api_key": 7}}'])
def test_nonsense_holds_no_pair(providers, text):
    with pytest.raises(UnexpectedResponseError):
        providers.formaloo.pair_of(Secret(text))


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_status:504", "empty"])
def test_a_lost_answer_is_read_again_while_the_provider_takes_the_old_pair(
    providers, issuer, fault
):
    old = providers.pair()
    providers.profile(formaloo_old_pair_grace_seconds=60)
    providers.fault(KEYS, fault)
    with pytest.raises(OutcomeUnknownError):
        issuer.swap(old)
    new = issuer.pair_of(issuer.present(old))
    assert shown(new) == shown(providers.pair()) != shown(old)
    assert providers.requests("/keys/") == 2


def test_a_swap_that_was_not_made_shows_the_pair_as_it_was(providers, issuer):
    old = providers.pair()
    providers.fault(KEYS, "status:503")
    with pytest.raises(OutcomeUnknownError):
        issuer.swap(old)
    assert shown(issuer.pair_of(issuer.present(old))) == shown(providers.pair()) == shown(old)


def test_a_token_that_is_too_old_does_not_make_a_pair_look_dead(providers, issuer):
    old = providers.pair()
    providers.fault(KEYS, "status:503")
    with pytest.raises(OutcomeUnknownError):
        issuer.swap(old)
    providers.later(400)
    assert shown(issuer.pair_of(issuer.present(old))) == shown(old)


def test_a_pair_that_died_with_the_answer_is_refused_for_good(providers, issuer):
    old = providers.pair()
    providers.fault(KEYS, "accept_then_drop")
    with pytest.raises(OutcomeUnknownError):
        issuer.swap(old)
    with pytest.raises(CredentialError):
        issuer.present(old)
    with pytest.raises(CredentialError):
        providers.new_formaloo().present(old)


def test_a_refused_swap_leaves_the_pair_as_it_was(providers, issuer):
    old = providers.pair()
    providers.later(31)
    with pytest.raises(CredentialError):
        issuer.swap(old)
    assert shown(providers.pair()) == shown(old)


@pytest.mark.parametrize("fault", ["status:301", "status:302"])
def test_a_redirect_is_not_followed(providers, issuer, fault):
    before = providers.requests("/keys/")
    providers.fault(KEYS, fault)
    with pytest.raises(OutcomeUnknownError):
        issuer.swap(providers.pair())
    assert providers.requests("/keys/") == before + 1


def test_the_test_tells_rejected_from_unreachable(providers, issuer):
    wrong = {"api_key": Secret("key_wrong"), "secret_key": Secret("d3Jvbmc=")}
    with pytest.raises(CredentialError):
        issuer.test(wrong)
    assert issuer.is_refused(wrong)
    providers.fault("POST /oauth2/authorization-token/", "status:503", times=2)
    with pytest.raises(ServerError):
        issuer.test(providers.pair())
    with pytest.raises(ServerError):
        issuer.is_refused(providers.pair())


def test_an_error_names_the_call_without_the_query_that_swaps(providers, issuer):
    providers.fault(KEYS, "accept_then_drop")
    with pytest.raises(OutcomeUnknownError) as caught:
        issuer.swap(providers.pair())
    assert "rotate" not in str(caught.value)
    assert caught.value.operation == "GET keys/ (swap)"
