"""Keys made, listed, tried and revoked by the dashboard of the sandbox."""

from __future__ import annotations

import re
import time

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    KeyLimitError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
)
from formarelay.formamail.dashboard_session import Account
from formarelay.keys import KeyRequest, KeyStatus
from formarelay.redact import Secret
from tests.integration.rotation.providers import credential

ALL = ("emails:send", "emails:read")


def request(**changed):
    fields = {
        "name": "formarelay test ab12cd 00000001",
        "description": "made by a test",
        "permissions": ALL,
        "expires_at": float(int(time.time()) + 86_400),
    }
    return KeyRequest(**fields | changed)


def test_a_new_key_has_all_that_was_asked_for(providers):
    wish = request(rate_limit=30)
    minted = providers.dashboard.create(wish)
    assert re.fullmatch(r"fm_sk_[a-z0-9]{40}", minted.value.reveal())
    (key,) = providers.dashboard.list_keys()
    assert (key.key_id, key.name, key.status) == (minted.key_id, wish.name, KeyStatus.ACTIVE)
    assert key.permissions == wish.permissions
    assert key.expires_at == wish.expires_at
    assert key.rate_limit == 30
    assert key.last_used_at is None
    (listed,) = providers.listed()
    assert listed["description"] == "made by a test"


def test_the_list_shows_every_key_of_every_page(providers):
    made = {providers.sandbox.mint_key(name=f"key {number}") for number in range(101)}
    keys = providers.dashboard.list_keys()
    assert len(made) == 101
    assert {key.name for key in keys} == {f"key {number}" for number in range(101)}
    assert providers.requests("/api-keys") == 2


def test_a_key_that_was_used_says_when(providers):
    minted = providers.dashboard.create(request())
    providers.dashboard.test(credential(minted), permissions=ALL)
    (key,) = providers.dashboard.list_keys()
    assert key.last_used_at == pytest.approx(time.time(), abs=5)


def test_a_revoked_key_is_refused_and_revoking_again_changes_nothing(providers):
    minted = providers.dashboard.create(request())
    assert not providers.dashboard.is_refused(credential(minted))
    providers.dashboard.revoke(minted.key_id)
    providers.dashboard.revoke(minted.key_id)
    assert providers.dashboard.is_refused(credential(minted))
    assert [key.status for key in providers.dashboard.list_keys()] == [KeyStatus.REVOKED]


def test_a_key_that_nobody_knows_cannot_be_revoked(providers):
    with pytest.raises(NotFoundError):
        providers.dashboard.revoke("no-such-key")


def test_a_full_house_makes_no_key(providers):
    providers.profile(key_limit=1)
    providers.dashboard.create(request())
    with pytest.raises(KeyLimitError, match="before another one is revoked"):
        providers.dashboard.create(request())
    assert len(providers.listed()) == 1


def test_the_test_passes_without_a_mail(providers):
    minted = providers.dashboard.create(request())
    providers.dashboard.test(credential(minted), permissions=ALL)
    assert providers.sandbox.accepted() == []


@pytest.mark.parametrize(("has", "lacks"), [(ALL[:1], ALL[1]), (ALL[1:], ALL[0])])
def test_the_test_names_the_right_that_is_missing(providers, has, lacks):
    minted = providers.dashboard.create(request(permissions=has))
    with pytest.raises(PermissionDeniedError, match=f"lacks {lacks}"):
        providers.dashboard.test(credential(minted), permissions=ALL)
    providers.dashboard.test(credential(minted), permissions=has)


def test_a_key_that_is_not_active_yet_is_rejected_and_one_that_cannot_be_tried_is_not(providers):
    providers.profile(key_activation_seconds=60)
    minted = providers.dashboard.create(request())
    with pytest.raises(CredentialError):
        providers.dashboard.test(credential(minted), permissions=ALL)
    providers.later(61)
    providers.dashboard.test(credential(minted), permissions=ALL)
    providers.fault("GET /emails/usage/stats", "status:503")
    with pytest.raises(ServerError):
        providers.dashboard.test(credential(minted), permissions=ALL)
    providers.fault("GET /emails/usage/stats", "status:503")
    with pytest.raises(ServerError):
        providers.dashboard.is_refused(credential(minted))


def test_one_session_serves_many_calls_until_shortly_before_its_end(providers):
    for _ in range(3):
        providers.dashboard.list_keys()
    assert providers.requests("/auth/login") == 1
    providers.profile(dashboard_token_seconds=30)
    short = providers.new_dashboard()
    for _ in range(3):
        short.list_keys()
    assert providers.requests("/auth/login") == 4


def test_a_session_that_ended_early_is_replaced_once(providers):
    providers.dashboard.list_keys()
    providers.later(901)
    providers.dashboard.list_keys()
    assert providers.requests("/auth/login") == 2


def test_an_account_that_is_refused_says_so_and_shows_nothing(providers):
    password = "canary-password-1234"
    email = providers.account.account.email
    providers.account.account = Account(email=email, password=Secret(password))
    with pytest.raises(CredentialError) as caught:
        providers.new_dashboard().list_keys()
    assert caught.value.code == "INVALID_CREDENTIALS"
    assert password not in repr(caught.value)


def test_a_lost_answer_is_told_from_a_call_that_never_arrived(providers):
    providers.dashboard.list_keys()
    providers.fault("POST /api-keys", "accept_then_drop")
    with pytest.raises(OutcomeUnknownError):
        providers.dashboard.create(request())
    assert [key["name"] for key in providers.listed()] == [request().name]


@pytest.mark.parametrize("fault", ["html", "truncated"])
@pytest.mark.parametrize("call", ["create", "list_keys", "revoke"])
def test_nonsense_is_an_error_and_no_success(providers, fault, call):
    minted = providers.dashboard.create(request())
    routes = {
        "create": ("POST /api-keys", (request(),)),
        "list_keys": ("GET /api-keys", ()),
        "revoke": ("POST /api-keys/{id}/revoke", (minted.key_id,)),
    }
    route, arguments = routes[call]
    providers.fault(route, fault)
    with pytest.raises(OutcomeUnknownError):
        getattr(providers.dashboard, call)(*arguments)


def test_paths_can_be_set_otherwise(providers):
    other = providers.new_dashboard(
        login="/api/v1/auth/login", keys="/api/v1/api-keys", revoke="/api/v1/api-keys/{id}/revoke"
    )
    minted = other.create(request())
    other.revoke(minted.key_id)
    assert providers.requests("/api/v1/api-keys") == 2
    with pytest.raises(NotFoundError):
        providers.new_dashboard(keys="/api/no-keys").list_keys()


def test_a_dashboard_that_is_down_is_no_empty_list(providers):
    providers.dashboard.list_keys()
    providers.fault("GET /api-keys", "drop_before_accept")
    with pytest.raises((OutcomeUnknownError, ConnectionFailedError)):
        providers.dashboard.list_keys()


def test_the_values_of_keys_stand_in_no_repr(providers):
    minted = providers.dashboard.create(request())
    text = repr([minted, providers.account.account, providers.dashboard.list_keys()])
    assert minted.value.reveal() not in text
    assert providers.account.account.password.reveal() not in text
