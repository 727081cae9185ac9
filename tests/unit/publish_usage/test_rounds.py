"""One round: what is published, and that no failure takes anything else with it."""

from __future__ import annotations

import json
from threading import Event

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    PermissionDeniedError,
    RateLimitedError,
    SecretUnavailableError,
    ServerError,
    TransientError,
    UnexpectedResponseError,
)
from formarelay.formamail.models import Usage
from publish_usage import measures
from tests.support.publishing import HOURS_LEFT_IN_JANUARY, JANUARY, Publisher, allowance

pytestmark = pytest.mark.disable_socket

ANSWERED = {"UsageFailed": 0.0, "CredentialRefused": 0.0, "PermissionMissing": 0.0}


def test_everything_that_both_providers_tell(publisher):
    found = publisher.publish()
    assert found.failures == {}
    email = publisher.of("forma-mail", "email")
    # 150 in 14 days and a third: the period's pace, for there is no week of history yet.
    assert email.pop("QuotaHoursLeft") == pytest.approx(850 / (150 / 344))
    assert email == {
        "QuotaUsed": 150.0,
        "QuotaLimit": 1000.0,
        "QuotaRemaining": 850.0,
        "QuotaUsedPercent": 15.0,
        "QuotaLimitUnknown": 0.0,
        "PeriodHoursLeft": HOURS_LEFT_IN_JANUARY,
        "QuotaShortfallHours": 0.0,
        "UsageDisbelieved": 0.0,
    }
    assert publisher.of("forma-mail", "attachment")["QuotaUsedPercent"] == 10.0
    assert publisher.of("formaloo", "rows") == {
        "QuotaUsed": 42.0,
        "QuotaLimit": 100.0,
        "QuotaRemaining": 58.0,
        "QuotaUsedPercent": 42.0,
        "QuotaLimitUnknown": 0.0,
        "UsageDisbelieved": 0.0,
    }
    assert publisher.of("formaloo", "highest") == {"QuotaUsedPercent": 42.0}
    assert publisher.of("forma-mail", "usage") == ANSWERED
    assert publisher.of("formaloo", "usage") == ANSWERED | {"UsageDisbelieved": 0.0}
    assert publisher.of("forma-mail", "api-key") == ANSWERED | {"KeyAgeDays": 30.0}
    assert publisher.of("formaloo", "api-key") == ANSWERED | {"KeyAgeDays": 10.0}
    assert publisher.of("-", "-") == {"UsagePublished": 1.0}


def test_every_metric_is_in_the_table_with_its_unit_and_every_row_is_published(publisher):
    publisher.publish()
    published = {(name, unit) for name, unit, _, _ in publisher.metrics.puts[0]}
    rows = [
        line.split("|") for line in str(measures.__doc__).splitlines() if line.startswith("| ")
    ][1:]
    assert {(row[1].strip(), row[2].strip()) for row in rows} == published


@pytest.mark.parametrize(
    ("error", "reason", "counted"),
    [
        (ServerError("down", status=503), "failed", {}),
        (UnexpectedResponseError("HTML", status=200), "failed", {}),
        (ConnectionFailedError("refused"), "failed", {}),
        (RateLimitedError("slow", status=429, retry_after_seconds=30), "failed", {}),
        (SecretUnavailableError("no value"), "failed", {}),
        (CredentialError("no", status=401), "credential_refused", {"CredentialRefused": 1.0}),
        (PermissionDeniedError("no", status=403), "right_missing", {"PermissionMissing": 1.0}),
        (KeyError("fm_sk_secret"), "internal_error", {}),
    ],
)
@pytest.mark.parametrize(
    ("question", "provider", "resource"),
    [
        ("mail_usage", "forma-mail", "usage"),
        ("form_usage", "formaloo", "usage"),
        ("mail_key", "forma-mail", "api-key"),
        ("form_key", "formaloo", "api-key"),
    ],
)
def test_a_question_that_fails_is_counted_and_the_others_are_published(
    publisher, question, provider, resource, error, reason, counted
):
    publisher.publish()
    whole = publisher.published()
    setattr(publisher, question, error)
    found = publisher.publish()
    assert {name: failure.reason for name, failure in found.failures.items()} == {
        f"{provider} {resource}": reason
    }
    assert publisher.of(provider, resource) == ANSWERED | {"UsageFailed": 1.0} | counted
    # Nothing is told of what was not answered, and everything else is as before.
    lost = {
        "mail_usage": {"email", "attachment", "history", "gate"},
        "form_usage": {"rows", "highest"},
    }.get(question, set())
    assert {place for place in whole if place not in publisher.published()} == {
        place
        for place in whole
        if place[0] == provider
        and (place[1] in lost or (place[1] == resource and place[2] not in ANSWERED))
    }
    assert "fm_sk_secret" not in str(found.failures)


def test_who_does_not_answer_in_time_has_not_answered(publisher):
    released = Event()
    publisher.service._questions = publisher.service._questions.__class__(
        mail_usage=lambda: released.wait(10),  # type: ignore[arg-type,return-value]
        form_usage=lambda: publisher.form_usage,
        mail_key_stored_at=lambda: publisher.mail_key,
        form_key_stored_at=lambda: publisher.form_key,
    )
    try:
        found = publisher.publish(within_seconds=0.2)
    finally:
        released.set()
    assert found.failures["forma-mail usage"].reason == "too_late"
    assert publisher.of("forma-mail", "usage")["UsageFailed"] == 1.0
    assert publisher.of("formaloo", "rows")["QuotaUsed"] == 42.0


def test_both_providers_down_still_beats_the_heart(publisher):
    down = ServerError("down", status=503)
    publisher.mail_usage = publisher.form_usage = down
    publisher.mail_key = publisher.form_key = SecretUnavailableError("down")
    assert len(publisher.publish().failures) == 4
    assert publisher.of("-", "-") == {"UsagePublished": 1.0}
    assert publisher.guard.told == []


def test_numbers_that_cannot_be_published_fail_the_round(publisher):
    publisher.metrics.failing = True
    with pytest.raises(TransientError) as caught:
        publisher.publish()
    assert type(caught.value) is TransientError


def test_one_quota_that_is_missing_leaves_the_other(publisher):
    publisher.mail_usage = Usage(attachment=allowance(50, 500), billing_period=JANUARY)
    assert publisher.publish().doubts == {"email": "missing"}
    assert publisher.of("forma-mail", "email") == {"UsageDisbelieved": 1.0}
    assert publisher.of("forma-mail", "attachment")["QuotaUsed"] == 50.0
    assert publisher.guard.told == []


def test_a_history_that_cannot_be_read_costs_the_forecast_and_is_not_overwritten(publisher):
    publisher.publish()
    kept = publisher.note.text
    publisher.note.failing = {"read"}
    publisher.mails(200)
    assert publisher.publish().failures["forma-mail history"].reason == "failed"
    assert publisher.of("forma-mail", "email")["QuotaUsed"] == 200.0
    assert publisher.of("forma-mail", "history")["UsageFailed"] == 1.0
    assert publisher.note.text == kept


def test_a_history_that_cannot_be_written_is_counted(publisher):
    publisher.note.failing = {"write"}
    assert publisher.publish().failures["forma-mail history"].reason == "failed"
    assert publisher.of("forma-mail", "email")["QuotaUsed"] == 150.0


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"email": {}}', '{"email": {"samples": 1}}'])
def test_a_history_that_is_no_history_begins_anew(publisher, text):
    publisher.note.text = text
    assert publisher.publish().failures == {}
    assert json.loads(publisher.note.text)["email"]["used"] == 150


def test_the_history_outlives_the_function(publisher, executor):
    publisher.mails(900)
    publisher.publish()
    restarted = Publisher(executor)
    restarted.note.text = publisher.note.text
    restarted.mails(800)
    assert restarted.publish().doubts["email"] == "fell"
    assert restarted.of("forma-mail", "email") == {"UsageDisbelieved": 1.0}


@pytest.mark.parametrize(
    ("used", "reserve_percent", "told"),
    [
        (999, 0.0, (False, False)),
        (1000, 0.0, (True, False)),
        (1200, 0.0, (True, False)),
        (900, 10.0, (False, False)),
        (901, 10.0, (False, True)),
        (1000, 10.0, (True, True)),
    ],
)
def test_the_senders_learn_what_is_left(executor, used, reserve_percent, told):
    publisher = Publisher(executor, reserve_percent=reserve_percent)
    publisher.mails(used)
    publisher.publish()
    assert publisher.guard.told == [told]


def test_without_a_limit_the_senders_learn_nothing(publisher):
    publisher.mails(1000, limit=None)
    publisher.publish()
    assert publisher.guard.told == []
    email = publisher.of("forma-mail", "email")
    assert email == {"QuotaUsed": 1000.0, "QuotaLimitUnknown": 1.0, "UsageDisbelieved": 0.0}


def test_senders_that_cannot_be_told_are_counted(publisher):
    publisher.guard.failing = True
    assert publisher.publish().failures["forma-mail gate"].reason == "failed"
    assert publisher.of("forma-mail", "gate")["UsageFailed"] == 1.0


def test_a_secret_whose_age_nobody_tells_has_none(publisher):
    publisher.mail_key = None
    assert publisher.publish().failures == {}
    assert publisher.of("forma-mail", "api-key") == ANSWERED
