"""The control interface: health, reset, profile, clock, mails (X-S1)."""

from __future__ import annotations

import pytest

from sandbox.testing import RunningSandbox


def test_health(sandbox: RunningSandbox) -> None:
    assert sandbox.request("GET", "/_sandbox/health").status == 200


def test_reset_empties_everything(sandbox: RunningSandbox, api_key: str) -> None:
    pair = sandbox.control("GET", "/formaloo")
    sandbox.send(api_key)
    sandbox.control("POST", "/templates", {"slug": "extra"})
    sandbox.control("PUT", "/profile", {"rate_limit": "off", "latency_ms": 1})
    sandbox.control("PUT", "/clock", {"offset_seconds": 1000})
    sandbox.control("POST", "/faults", {"route": "GET /me", "fault": "html"})

    sandbox.control("POST", "/reset")

    assert sandbox.control("GET", "/keys") == {"keys": []}
    assert sandbox.control("GET", "/emails") == {"total": 0, "emails": []}
    assert sandbox.control("GET", "/requests")["total"] == 0
    assert sandbox.control("GET", "/faults") == {"faults": []}
    assert sandbox.control("GET", "/clock")["offset_seconds"] == 0
    assert sandbox.control("GET", "/profile")["rate_limit"] == "seed"
    assert sandbox.control("GET", "/profile")["latency_ms"] == 0
    assert len(sandbox.control("GET", "/templates")["templates"]) == 3
    fresh = sandbox.control("GET", "/formaloo")
    assert fresh["secret_key"] != pair["secret_key"]
    assert [len(form["rows"]) for form in fresh["forms"]] == [3]
    assert sandbox.send(api_key).json()["code"] == "API_KEY_NOT_FOUND"


def test_profile_turns_the_named_knobs_only(sandbox: RunningSandbox) -> None:
    before = sandbox.control("GET", "/profile")
    sandbox.control("PUT", "/profile", {"rate_limit": "strict"})

    after = sandbox.control("PUT", "/profile", {"quota_limit": 5})

    assert after == {**before, "rate_limit": "strict", "quota_limit": 5}
    assert sandbox.control("GET", "/profile") == after


@pytest.mark.checklist("X-S1")
def test_x_s1_clock_takes_an_offset_or_an_instant(sandbox: RunningSandbox) -> None:
    machine = sandbox.control("GET", "/clock")["now"]

    shifted = sandbox.control("PUT", "/clock", {"offset_seconds": 3600})
    by_number = sandbox.control("PUT", "/clock", {"now": 2_000_000_000})
    by_text = sandbox.control("PUT", "/clock", {"now": "2033-05-18T03:33:20+00:00"})

    assert 0 <= shifted["now"] - machine - 3600 < 5
    assert 0 <= by_number["now"] - 2_000_000_000 < 5
    assert 0 <= by_text["now"] - 2_000_000_000 < 5
    assert by_text["iso"].startswith("2033-05-18T03:33:2")


@pytest.mark.checklist("X-S1")
def test_x_s1_date_header_follows_the_clock(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/clock", {"now": "2033-05-18T03:33:20Z"})

    assert str(sandbox.read(api_key, "/me").headers["Date"]).startswith("Wed, 18 May 2033 03:33:2")


def test_going_back_in_time_refills_the_allowances(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 429]

    sandbox.control("PUT", "/clock", {"offset_seconds": -3600})

    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 429]


def test_emails_are_paged_in_order_of_acceptance(sandbox: RunningSandbox, api_key: str) -> None:
    sent = [sandbox.send(api_key).json()["data"]["id"] for _ in range(5)]

    page = sandbox.control("GET", "/emails?limit=2&offset=1")

    assert page["total"] == 5
    assert [mail["id"] for mail in page["emails"]] == sent[1:3]
    assert sandbox.control("GET", "/emails?limit=0")["emails"] == []
