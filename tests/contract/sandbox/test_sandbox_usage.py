"""Forma Mail: quota and usage (FM-S31 to FM-S33)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import RunningSandbox


def usage(sandbox: RunningSandbox, api_key: str) -> dict[str, Any]:
    answer = sandbox.read(api_key, "/emails/usage/stats")
    assert answer.status == 200
    return dict(answer.json())


@pytest.mark.checklist("FM-S31")
def test_fm_s31_usage_is_bare_and_adds_up(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"quota_limit": 1000, "attachment_quota_limit": 500})
    sandbox.control("PUT", "/clock", {"now": "2031-11-19T12:00:00Z"})
    for _ in range(3):
        sandbox.send(api_key, to=[{"email": f"u{number}@b.co"} for number in range(50)])

    assert usage(sandbox, api_key) == {
        "email": {"used": 150, "limit": 1000, "remaining": 850, "percentUsed": 15},
        "attachment": {"used": 0, "limit": 500, "remaining": 500, "percentUsed": 0},
        "billingPeriod": "2031-11-01",
    }


@pytest.mark.checklist("FM-S31")
def test_fm_s31_rollover_resets_used(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-12-31T23:59:50Z"})
    sandbox.send(api_key)
    before = usage(sandbox, api_key)
    sandbox.control("PUT", "/clock", {"now": "2032-01-01T00:00:01Z"})
    after = usage(sandbox, api_key)
    sandbox.control("PUT", "/clock", {"now": "2031-12-31T23:59:55Z"})

    assert (before["billingPeriod"], before["email"]["used"]) == ("2031-12-01", 1)
    assert (after["billingPeriod"], after["email"]["used"]) == ("2032-01-01", 0)
    assert usage(sandbox, api_key) == before


@pytest.mark.checklist("FM-S32")
def test_fm_s32_counts_recipients_by_default(sandbox: RunningSandbox, api_key: str) -> None:
    people = [{"email": "a@b.co"}, {"email": "c@d.eu"}]

    sandbox.send(api_key, to=people, cc=[{"email": "e@f.co"}])

    assert usage(sandbox, api_key)["email"]["used"] == 3


@pytest.mark.checklist("FM-S32")
def test_fm_s32_counting_messages_is_a_knob(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"quota_unit": "message"})

    sandbox.send(api_key, cc=[{"email": "e@f.co"}])

    assert usage(sandbox, api_key)["email"]["used"] == 1


@pytest.mark.checklist("FM-S32")
def test_fm_s32_generated_attachments_are_counted(sandbox: RunningSandbox, api_key: str) -> None:
    attachments = [
        {"type": "pdf", "templateId": "t"},
        {"attachmentTemplateId": "t"},
        {"filename": "a.txt", "content": "YQ=="},
    ]

    sandbox.send(api_key, attachments=attachments)

    assert usage(sandbox, api_key)["attachment"]["used"] == 2


@pytest.mark.checklist("FM-S32")
def test_fm_s32_refused_sends_cost_nothing(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.send(api_key, to=[])
    sandbox.send(api_key, templateId="unknown")

    assert usage(sandbox, api_key)["email"]["used"] == 0


@pytest.mark.checklist("FM-S33")
def test_fm_s33_send_fails_when_nothing_remains(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"quota_limit": 2})
    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 201]

    answer = sandbox.send(api_key)

    assert (answer.status, answer.json()["code"]) == (422, "QUOTA_EXCEEDED")
    assert len(sandbox.accepted()) == 2
    assert usage(sandbox, api_key)["email"] == {
        "used": 2,
        "limit": 2,
        "remaining": 0,
        "percentUsed": 100,
    }


@pytest.mark.checklist("FM-S33")
def test_fm_s33_mail_larger_than_the_rest_fails_alone(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"quota_limit": 2, "attachment_quota_limit": 0})

    assert sandbox.send(api_key, to=[{"email": f"u{n}@b.co"} for n in range(3)]).status == 422
    assert sandbox.send(api_key, attachments=[{"attachmentTemplateId": "t"}]).status == 422
    assert sandbox.send(api_key).status == 201


@pytest.mark.parametrize(("status", "code"), [(402, "PAYMENT_REQUIRED"), (429, "OUT_OF_CREDITS")])
@pytest.mark.checklist("FM-S33")
def test_fm_s33_status_and_code_are_knobs(
    sandbox: RunningSandbox, api_key: str, status: int, code: str
) -> None:
    knobs = {"quota_limit": 0, "quota_status": status, "quota_code": code}
    sandbox.control("PUT", "/profile", knobs)

    answer = sandbox.send(api_key)

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["Retry-After"] is None


def test_usage_can_be_replaced_by_nonsense(sandbox: RunningSandbox, api_key: str) -> None:
    nonsense = {"email": {"used": -5}, "billingPeriod": None}
    sandbox.control("PUT", "/profile", {"usage_override": nonsense})

    assert usage(sandbox, api_key) == nonsense
    sandbox.control("PUT", "/profile", {"usage_override": None})
    assert usage(sandbox, api_key)["email"]["used"] == 0


def test_limit_lowered_below_what_was_used_leaves_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    for _ in range(3):
        sandbox.send(api_key)
    sandbox.control("PUT", "/profile", {"quota_limit": 2})

    assert usage(sandbox, api_key)["email"] == {
        "used": 3,
        "limit": 2,
        "remaining": 0,
        "percentUsed": 150,
    }


@pytest.mark.parametrize(
    ("offset", "percent"), [(99, 10), (499, 50), (799, 80), (959, 96), (999, 100)]
)
def test_usage_starts_where_the_offset_says(
    sandbox: RunningSandbox, api_key: str, offset: int, percent: int
) -> None:
    knobs = {"quota_limit": 1000, "usage_offset": offset, "attachment_usage_offset": 7}
    sandbox.control("PUT", "/profile", knobs)

    sandbox.send(api_key)

    assert usage(sandbox, api_key)["email"] == {
        "used": offset + 1,
        "limit": 1000,
        "remaining": 999 - offset,
        "percentUsed": percent,
    }
    assert usage(sandbox, api_key)["attachment"]["used"] == 7


@pytest.mark.checklist("FM-S33")
def test_fm_s33_quota_counts_the_offset(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"quota_limit": 1000, "usage_offset": 999})

    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 422]
    sandbox.control("PUT", "/profile", {"usage_offset": 0, "attachment_usage_offset": 100_000})
    assert sandbox.send(api_key).status == 201
    assert sandbox.send(api_key, attachments=[{"attachmentTemplateId": "t"}]).status == 422


TRUE = {"used": 250, "limit": 1000, "remaining": 750, "percentUsed": 25}
NO_ATTACHMENTS = {"used": 0, "limit": 500, "remaining": 500, "percentUsed": 0}
WHOLE = {"email": TRUE, "attachment": NO_ATTACHMENTS, "billingPeriod": "2032-01-01"}
NONSENSE: dict[str, object] = {
    "negative": {
        "email": {"used": -251, "limit": 1000, "remaining": 1251, "percentUsed": -1},
        "attachment": {"used": -1, "limit": 500, "remaining": 501, "percentUsed": -1},
        "billingPeriod": "2032-01-01",
    },
    "limit_zero": {
        "email": {"used": 250, "limit": 0, "remaining": 0, "percentUsed": 0},
        "attachment": {"used": 0, "limit": 0, "remaining": 0, "percentUsed": 0},
        "billingPeriod": "2032-01-01",
    },
    "limit_null": {
        "email": {"used": 250, "limit": None, "remaining": None, "percentUsed": None},
        "attachment": {"used": 0, "limit": None, "remaining": None, "percentUsed": None},
        "billingPeriod": "2032-01-01",
    },
    "text_figures": {
        "email": {"used": "250", "limit": "1000", "remaining": "750", "percentUsed": "25"},
        "attachment": {"used": "0", "limit": "500", "remaining": "500", "percentUsed": "0"},
        "billingPeriod": "2032-01-01",
    },
    "email_missing": {"attachment": NO_ATTACHMENTS, "billingPeriod": "2032-01-01"},
    "attachment_missing": {"email": TRUE, "billingPeriod": "2032-01-01"},
    "period_missing": {"email": TRUE, "attachment": NO_ATTACHMENTS},
    "other_period": {**WHOLE, "billingPeriod": "2031-11-01"},
    "no_object": [WHOLE],
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_named_nonsense_spoils_the_answer_and_not_the_quota(
    sandbox: RunningSandbox, api_key: str, nonsense: str
) -> None:
    sandbox.control("PUT", "/clock", {"now": "2032-01-19T12:00:00Z"})
    knobs = {"quota_limit": 1000, "attachment_quota_limit": 500, "usage_offset": 250}
    sandbox.control("PUT", "/profile", {**knobs, "usage_nonsense": nonsense})

    answer = sandbox.read(api_key, "/emails/usage/stats")

    assert (answer.status, answer.json()) == (200, NONSENSE[nonsense])
    assert sandbox.send(api_key).status == 201
    sandbox.control("PUT", "/profile", {"usage_nonsense": None})
    assert usage(sandbox, api_key)["email"]["used"] == 251


def test_every_named_nonsense_is_tested(sandbox: RunningSandbox) -> None:
    answer = sandbox.request("PUT", "/_sandbox/profile", body={"usage_nonsense": "other"})

    assert answer.json() == {"error": f"usage_nonsense must be one of {', '.join(NONSENSE)}"}
