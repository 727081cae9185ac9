"""The publisher against a provider that is well, ill, or talking nonsense."""

from __future__ import annotations

import json

import pytest

USAGE = "GET /emails/usage/stats"
QUOTA = {"QuotaUsed", "QuotaLimit", "QuotaRemaining", "QuotaUsedPercent", "QuotaLimitUnknown"}


def test_real_mails_show_in_the_metrics(deployed):
    deployed.profile(quota_limit=10, usage_offset=6)
    assert deployed.sandbox.send(deployed.key).status == 201
    found = deployed.publish()
    assert found.failures == {}
    email = deployed.latest("forma-mail", "email")
    assert {name: email[name] for name in QUOTA} == {
        "QuotaUsed": 7.0,
        "QuotaLimit": 10.0,
        "QuotaRemaining": 3.0,
        "QuotaUsedPercent": 70.0,
        "QuotaLimitUnknown": 0.0,
    }
    assert 0 < email["PeriodHoursLeft"] <= 31 * 24
    assert deployed.latest("forma-mail", "usage") == {
        "UsageFailed": 0.0,
        "CredentialRefused": 0.0,
        "PermissionMissing": 0.0,
    }
    assert 0 <= deployed.latest("forma-mail", "api-key")["KeyAgeDays"] < 1
    assert 0 <= deployed.latest("formaloo", "api-key")["KeyAgeDays"] < 1


@pytest.mark.parametrize("shape", ["list", "object"])
def test_formaloo_is_read_in_either_shape(deployed, shape):
    deployed.profile(
        formaloo_usage_shape=shape, formaloo_submission_limit=200, formaloo_usage_offset=150
    )
    deployed.publish()
    submissions = deployed.latest("formaloo", "submissions")
    assert submissions["QuotaLimit"] == 200.0
    assert 75.0 <= submissions["QuotaUsedPercent"] < 80.0
    assert deployed.latest("formaloo", "highest") == {
        "QuotaUsedPercent": submissions["QuotaUsedPercent"]
    }


@pytest.mark.parametrize(
    "fault", ["status:503", "hang:5", "html", "html:200", "drop_before_accept", "broken_json"]
)
def test_a_provider_that_does_not_answer_is_counted_and_the_other_is_published(deployed, fault):
    deployed.fault(USAGE, fault)
    found = deployed.publish()
    assert {name: one.reason for name, one in found.failures.items()} == {
        "forma-mail usage": "failed"
    }
    assert deployed.latest("forma-mail", "usage")["UsageFailed"] == 1.0
    assert deployed.latest("forma-mail", "email") == {}
    assert deployed.latest("formaloo", "submissions")["QuotaUsed"] >= 0


def test_formaloo_that_is_down_leaves_forma_mail(deployed):
    deployed.fault("GET /usage/", "status:500")
    assert set(deployed.publish().failures) == {"formaloo usage"}
    assert deployed.latest("formaloo", "usage") == {
        "UsageFailed": 1.0,
        "CredentialRefused": 0.0,
        "PermissionMissing": 0.0,
    }
    assert deployed.latest("forma-mail", "email")["QuotaUsed"] == 0.0


@pytest.mark.parametrize(
    ("nonsense", "email", "attachment"),
    [
        ("negative", {"UsageDisbelieved"}, {"UsageDisbelieved"}),
        ("limit_zero", {"UsageDisbelieved"}, {"UsageDisbelieved"}),
        ("email_missing", {"UsageDisbelieved"}, QUOTA | {"UsageDisbelieved"}),
        ("attachment_missing", QUOTA | {"UsageDisbelieved"}, {"UsageDisbelieved"}),
        ("other_period", {"UsageDisbelieved"}, {"UsageDisbelieved"}),
        ("period_missing", QUOTA | {"UsageDisbelieved"}, QUOTA | {"UsageDisbelieved"}),
        (
            "limit_null",
            {"QuotaUsed", "QuotaLimitUnknown", "UsageDisbelieved"},
            {"QuotaUsed", "QuotaLimitUnknown", "UsageDisbelieved"},
        ),
    ],
)
def test_nonsense_is_counted_and_never_published(deployed, nonsense, email, attachment):
    deployed.profile(usage_nonsense=nonsense)
    found = deployed.publish()
    assert found.failures == {}
    forecast = {"QuotaHoursLeft", "PeriodHoursLeft", "QuotaShortfallHours"}
    for resource, expected in (("email", email), ("attachment", attachment)):
        published = deployed.latest("forma-mail", resource)
        assert set(published) - forecast == expected
        assert published["UsageDisbelieved"] == float(expected == {"UsageDisbelieved"})
    # Nothing of it closes the gate.
    assert deployed.sender.reserve(1).granted == 1


@pytest.mark.parametrize("nonsense", ["text_figures", "no_object"])
def test_an_answer_without_figures_is_no_answer(deployed, nonsense):
    deployed.profile(usage_nonsense=nonsense)
    assert deployed.publish().failures["forma-mail usage"].reason == "failed"
    assert deployed.latest("forma-mail", "email") == {}


def test_a_key_that_lacks_the_right_is_counted_as_that(deployed):
    deployed.profile(usage_permission="templates:read")
    assert deployed.publish().failures["forma-mail usage"].reason == "right_missing"
    assert deployed.latest("forma-mail", "usage")["PermissionMissing"] == 1.0


def test_a_key_that_is_refused_is_counted_as_that_and_shown_nowhere(deployed):
    deployed.secrets.put_secret_value(
        SecretId=deployed.mail_secret, SecretString=json.dumps({"api_key": "fm_sk_wrong"})
    )
    found = deployed.publish()
    assert found.failures["forma-mail usage"].reason == "credential_refused"
    assert deployed.latest("forma-mail", "usage")["CredentialRefused"] == 1.0
    assert "fm_sk_wrong" not in repr(found)


def test_a_quota_that_is_used_up_closes_the_gate_until_the_usage_shows_a_rest(deployed):
    deployed.profile(quota_limit=10, usage_offset=10)
    deployed.publish()
    refused = deployed.sender.reserve(5)
    assert (refused.granted, refused.reason) == (0, "quota_exhausted")
    assert refused.wait_seconds > 800
    # Its own question goes through the closed gate.
    deployed.profile(quota_limit=100)
    assert deployed.publish().failures == {}
    probe = _worker(deployed).reserve(5)
    assert (probe.granted, probe.reason) == (1, "quota_exhausted")


def _worker(deployed):
    """Another worker, that has seen nothing yet."""
    return type(deployed.sender)(
        deployed.dynamodb,
        table_name="state",
        provider="forma-mail",
        clock=deployed.sender._window._clock,
        limit_per_window=100,
        window_seconds=60,
        longest_call_seconds=65,
        clock_skew_seconds=0.05,
    )


def test_asking_takes_a_slot_of_the_shared_rate(deployed):
    granted = deployed.sender.reserve(100)
    assert granted.granted == 100
    deployed.sender.finish(granted, ends=[], unused=99)
    deployed.publish()
    assert _worker(deployed).reserve(100).granted == 98


def test_each_provider_is_asked_once_a_round(deployed):
    deployed.publish()
    journal = deployed.sandbox.control("GET", "/requests")["requests"]
    asked = [(one["method"], one["path"]) for one in journal if "usage" in one["path"]]
    assert sorted(asked) == [("GET", "/api/emails/usage/stats"), ("GET", "/v3.0/usage/")]
