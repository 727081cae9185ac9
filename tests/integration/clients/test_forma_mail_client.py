"""Forma Mail's client against the sandbox: what the official SDKs do, and what they get wrong."""

from __future__ import annotations

import pytest

from formarelay.errors import CredentialError, InvalidRequestError, NotFoundError, RateLimitedError
from formarelay.formamail.codes import DOCUMENTED_CODES
from formarelay.formamail.key_check import KeyState
from formarelay.formamail.models import Recipient
from formarelay.standalone import forma_mail

ACTIONS = {documented.code: documented.action for documented in DOCUMENTED_CODES}


def test_a_mail_to_recipients_of_every_kind_is_sent_and_found(sandbox, mail):
    accepted = mail.emails.send(
        "welcome",
        ["ada@example.com", Recipient(email="b@example.com", name="B"), {"email": "c@example.com"}],
        variables={"firstName": "Ada"},
        cc="d@example.com",
        tags=["t"],
        metadata={"k": "v"},
    )
    assert accepted.rate.limit == 100
    found = mail.emails.get(accepted.email_id)
    assert found.to == ("ada@example.com", "b@example.com", "c@example.com")
    assert (found.tags, found.metadata) == (("t",), {"k": "v"})
    assert found.rate.limit == 100
    (listed,) = mail.emails.list(recipient="ada@example.com")
    assert listed.id == accepted.email_id
    assert len(mail.emails.list_page(page_size=1).emails) == 1
    assert mail.usage().email.used == 4


def test_templates_are_listed_by_type_over_pages_and_read(sandbox, mail):
    for number in range(5):
        sandbox.control("POST", "/templates", {"slug": f"pdf-{number}", "type": "pdf"})
    documents = list(mail.templates.list(kind="pdf", page_size=2))
    assert [template.name for template in documents] == [f"pdf-{number}" for number in range(5)]
    assert len(list(mail.templates.list())) == 8
    one = mail.templates.get("welcome")
    assert (one.type, one.id) == ("email", next(mail.templates.list(kind="email")).id)
    assert [variable.name for variable in one.variables] == ["firstName", "name"]
    with pytest.raises(NotFoundError):
        mail.templates.get("nothing")


def test_me_is_who_the_key_belongs_to(sandbox, mail):
    me = mail.me()
    assert me.email == sandbox.control("GET", "/dashboard")["email"]
    assert me.team_name != ""


def test_a_key_is_valid_then_revoked_and_unknown_in_an_outage(sandbox, mail):
    assert mail.key_state() is KeyState.VALID
    sandbox.control("POST", "/faults", {"route": "GET /emails/usage/stats", "fault": "status:503"})
    assert mail.key_state() is KeyState.UNKNOWN
    sandbox.control("DELETE", "/faults")
    (key,) = sandbox.control("GET", "/keys")["keys"]
    sandbox.control("POST", f"/keys/{key['id']}/revoke")
    assert mail.key_state() is KeyState.REJECTED
    with pytest.raises(CredentialError) as caught:
        mail.me()
    assert caught.value.code == "API_KEY_REVOKED"
    assert caught.value.suggested_action == ACTIONS["API_KEY_REVOKED"]


@pytest.mark.parametrize(
    ("key", "code"),
    [("fm_sk_" + "a" * 40, "API_KEY_NOT_FOUND"), ("abc", "INVALID_API_KEY")],
)
def test_a_wrong_key_gets_the_action_of_its_code(sandbox, key, code):
    api = forma_mail({"FORMA_MAIL_API_KEY": key, "FORMA_MAIL_API_URL": sandbox.url})
    with pytest.raises(CredentialError) as caught:
        api.emails.send("welcome", "a@example.com")
    assert (caught.value.code, caught.value.suggested_action) == (code, ACTIONS[code])
    assert key not in str(caught.value)


def test_a_throttle_says_how_long_to_wait(sandbox):
    api = forma_mail(
        {"FORMA_MAIL_API_KEY": sandbox.mint_key(rateLimit=1), "FORMA_MAIL_API_URL": sandbox.url}
    )
    api.usage()
    api.usage()
    with pytest.raises(RateLimitedError) as caught:
        api.usage()
    assert caught.value.suggested_action == ACTIONS["RATE_LIMIT_EXCEEDED"]
    assert caught.value.retry_after_seconds >= 1
    assert caught.value.rate_limit.limit == 1


def test_faults_of_fields_are_named(mail):
    with pytest.raises(InvalidRequestError) as caught:
        mail.emails.send("welcome", "no-address")
    assert caught.value.code == "ERR_VALID_001"
    assert caught.value.problems == ("to[0].email",)
