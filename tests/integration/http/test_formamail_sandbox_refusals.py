"""What the provider refuses, against the sandbox."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
)
from formarelay.formamail.models import Recipient, SendRequest
from tests.integration.http.sandbox_clients import ADA, MAIL, fail_with, failure


@pytest.mark.parametrize("style", ["seed", "sdk"])
def test_refusals_are_classified_in_both_dialects(sandbox, client, style):
    sandbox.control("PUT", "/profile", {"error_style": style})
    forma_mail = client()
    invalid = failure(forma_mail, SendRequest(template_id="welcome", to=()))
    assert type(invalid) is InvalidRequestError
    assert invalid.code == "ERR_VALID_001"
    unknown = failure(forma_mail, SendRequest(template_id="no-such-template", to=(ADA,)))
    assert type(unknown) is NotFoundError
    variables = [{"name": "orderNumber", "required": True}]
    sandbox.control("POST", "/templates", {"slug": "needy", "variables": variables})
    missing = failure(forma_mail, SendRequest(template_id="needy", to=(ADA,)))
    assert type(missing) is InvalidRequestError
    assert missing.status == 422
    assert sandbox.accepted() == []


def test_the_fields_at_fault_are_named(sandbox, client):
    error = failure(client(), SendRequest(template_id="", to=(Recipient(email="nobody"),)))
    assert type(error) is InvalidRequestError
    assert set(error.problems) == {"templateId", "to[0].email"}


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("abc", "INVALID_API_KEY"),
        ("fm_sk_" + "0" * 40, "API_KEY_NOT_FOUND"),
    ],
)
def test_a_wrong_key_is_refused(sandbox, client, key, code):
    error = failure(client(key))
    assert type(error) is CredentialError
    assert error.code == code


def test_a_key_revoked_in_between_is_replaced_without_a_lost_mail(sandbox, client):
    old, new = sandbox.mint_key(name="old"), sandbox.mint_key(name="new")
    forma_mail = client(old, new)
    first = forma_mail.send(MAIL).email_id
    old_id = next(k["id"] for k in sandbox.control("GET", "/keys")["keys"] if k["name"] == "old")
    sandbox.control("POST", f"/keys/{old_id}/revoke")
    second = forma_mail.send(MAIL).email_id
    assert [mail["id"] for mail in sandbox.accepted()] == [first, second]


def test_a_missing_permission_is_told_apart(sandbox, client):
    reader = client(sandbox.mint_key(permissions=["emails:read"]))
    sender = client(sandbox.mint_key(permissions=["emails:send"]))
    assert type(failure(reader)) is PermissionDeniedError
    sender.send(MAIL)
    with pytest.raises(PermissionDeniedError):
        list(sender.list_emails())
    assert len(list(reader.list_emails())) == 1
    assert sender.usage().email.used == 1


def test_an_unknown_mail_is_not_found(sandbox, client):
    for email_id in ("no-such-mail", "a?b", "a/b"):
        with pytest.raises(NotFoundError):
            client().get(email_id)


@pytest.mark.parametrize("style", ["seed", "docs"])
@pytest.mark.parametrize("retry_after", ["seconds", "none"])
def test_a_rate_limit_says_how_long_in_every_style(sandbox, client, style, retry_after):
    sandbox.control(
        "PUT",
        "/profile",
        {
            "rate_limit": "strict",
            "limit_per_minute": 2,
            "window_seconds": 40,
            "rate_limit_error": style,
            "retry_after": retry_after,
        },
    )
    forma_mail = client()
    forma_mail.send(MAIL)
    forma_mail.send(MAIL)
    error = failure(forma_mail)
    assert type(error) is RateLimitedError
    assert 38 <= error.retry_after_seconds <= 41
    assert error.rate_limit is not None
    assert (error.rate_limit.limit, error.rate_limit.remaining) == (2, 0)
    assert len(sandbox.accepted()) == 2


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("45", 45, 45),
        ("0", 1, 1),
        ("1000000000", 900, 900),
        ("Wed, 21 Oct 2065 07:28:00 GMT", 900, 900),
        # Left to what else the answer says, or to 30 seconds.
        ("-3", 1, 60),
        ("garbage", 1, 60),
        ("", 1, 60),
    ],
)
def test_hostile_advice_is_bounded(sandbox, client, text, low, high):
    fail_with(sandbox, f"retry_after:{text}")
    error = failure(client())
    assert type(error) is RateLimitedError
    assert low <= error.retry_after_seconds <= high


@pytest.mark.parametrize(
    ("status", "kind"), [(422, QuotaExhaustedError), (402, QuotaExhaustedError)]
)
def test_an_exhausted_quota_is_no_rate_limit(sandbox, client, status, kind):
    sandbox.control("PUT", "/profile", {"quota_limit": 1, "quota_status": status})
    forma_mail = client()
    forma_mail.send(MAIL)
    error = failure(forma_mail)
    assert type(error) is kind
    assert error.status == status


def test_a_429_is_a_rate_limit_even_when_its_code_speaks_of_quota(sandbox, client):
    sandbox.control("PUT", "/profile", {"quota_limit": 0, "quota_status": 429})
    assert type(failure(client())) is RateLimitedError
