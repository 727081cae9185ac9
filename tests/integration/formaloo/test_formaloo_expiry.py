"""Tokens of 30 seconds against the sandbox, whose clock these tests move."""

from __future__ import annotations

import pytest

from formarelay.clock import SystemClock
from formarelay.errors import CredentialError
from tests.support.formaloo import in_threads

MINTED = ("token", 200)
READ = ("data", 200)
REFUSED = ("data", 401)


@pytest.mark.parametrize(("age_seconds", "status"), [(0, 200), (29, 200), (31, 401)])
def test_the_provider_refuses_a_token_older_than_30_seconds(provider, clock, age_seconds, status):
    token = provider.mint_by_hand()

    clock.advance(age_seconds)

    api_key = provider.current().api_key.reveal()
    authorization = f"JWT {token}"
    assert (
        provider.raw("GET", "/v3.0/profile/", x_api_key=api_key, Authorization=authorization)
        == status
    )


def test_one_token_serves_a_crawl_within_its_life(provider, client):
    form = provider.fill_form(20)

    rows = list(client.rows(form, page_size=2))

    assert len(rows) == 20
    assert provider.mints == 1
    assert provider.calls() == [MINTED] + [READ] * 10


def test_a_crawl_across_the_expiry_mints_anew_before_the_provider_refuses(provider, client, clock):
    form = provider.fill_form(6)
    rows = client.rows(form, page_size=2)

    taken = [next(rows), next(rows)]
    clock.advance(31)
    taken += rows

    assert [row.value("name") for row in taken] == [f"person {number}" for number in range(6)]
    assert provider.calls() == [MINTED, READ, MINTED, READ, READ]


def test_a_slow_crawl_mints_only_as_often_as_tokens_grow_old(provider, client, clock):
    form = provider.fill_form(7)

    taken = []
    for row in client.rows(form, page_size=1):
        taken.append(row)
        clock.advance(8)

    # 4 s of connecting and reading must fit into the 25 s that a token is kept.
    assert len(taken) == 7
    assert provider.calls() == [MINTED, READ, READ, READ, MINTED, READ, READ, READ, MINTED, READ]


def test_a_crawl_survives_a_token_that_ends_early_unseen_by_our_clocks(provider, make_client):
    client = make_client(own_clock=SystemClock())
    form = provider.fill_form(6)
    rows = client.rows(form, page_size=2)

    taken = [next(rows), next(rows)]
    provider.move_clock(offset_seconds=31)
    taken += rows

    assert [row.value("name") for row in taken] == [f"person {number}" for number in range(6)]
    assert provider.calls() == [MINTED, READ, REFUSED, MINTED, READ, READ]


def test_a_freeze_that_only_the_wall_clock_noticed_costs_no_refusal(provider, client, clock):
    row = provider.form["rows"][0]
    client.row(row)

    clock.freeze(600)
    client.row(row)

    assert provider.calls() == [MINTED, READ, MINTED, READ]


def test_a_wall_clock_set_back_costs_no_refusal(provider, client, clock):
    row = provider.form["rows"][0]
    client.row(row)

    clock.advance(31)
    clock.jump_wall(-600)
    client.row(row)

    assert provider.calls() == [MINTED, READ, MINTED, READ]


def test_a_claim_of_30_days_is_not_believed(provider, client, clock):
    provider.set_knobs(formaloo_token_exp_seconds=30 * 86_400)
    row = provider.form["rows"][0]
    client.row(row)

    clock.advance(31)
    client.row(row)

    assert provider.calls() == [MINTED, READ, MINTED, READ]


def test_a_claim_shorter_than_usual_is_believed(provider, client, clock):
    provider.set_knobs(formaloo_token_ttl_seconds=15)
    row = provider.form["rows"][0]

    for _ in range(4):
        client.row(row)
        clock.advance(3)

    assert provider.calls() == [MINTED, READ, READ, MINTED, READ, READ]


def test_threads_share_one_mint_and_after_a_refusal_one_more(provider, make_client):
    client = make_client(own_clock=SystemClock())
    row = provider.form["rows"][0]

    first = in_threads(8, lambda: client.row(row))
    assert provider.mints == 1
    provider.move_clock(offset_seconds=31)
    second = in_threads(8, lambda: client.row(row))

    assert {future.result().slug for future in first + second} == {row}
    assert provider.mints == 2


@pytest.mark.parametrize(
    "knobs", [{"formaloo_token_status": 201}, {"formaloo_token_requires_key": True}]
)
def test_either_account_of_the_token_call_will_do(provider, client, knobs):
    provider.set_knobs(**knobs)
    row = provider.form["rows"][0]

    assert client.row(row).slug == row


def test_rotated_keys_are_picked_up_although_the_old_token_still_lives(provider, client):
    row = provider.form["rows"][0]
    client.row(row)

    provider.rotate_keys()

    assert client.row(row).slug == row
    assert provider.refreshes == 1
    assert provider.calls() == [MINTED, READ, REFUSED, ("token", 401), MINTED, READ]


def test_a_wrong_secret_is_the_callers_after_one_refresh(provider, client):
    provider.rotate_keys()
    provider.refresh = lambda rejected: rejected

    with pytest.raises(CredentialError) as caught:
        client.row(provider.form["rows"][0])

    assert type(caught.value) is CredentialError
    assert provider.calls() == [("token", 401)]
