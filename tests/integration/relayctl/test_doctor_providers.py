"""The doctor's questions to the providers, put to the sandbox."""

from __future__ import annotations

import json
import time

import pytest

from formarelay.aws.secrets import SecretValue
from formarelay.clock import SystemClock
from formarelay.errors import SecretUnavailableError
from formarelay.redact import Secret
from relayctl.doctor.fact import UnseenError
from relayctl.doctor.looking.providers import forma_mail_facts, formaloo_facts
from sandbox.testing import RunningSandbox


class Secrets:
    """A reader of one secret."""

    def __init__(self, **fields):
        self._fields = {name: Secret(text) for name, text in fields.items()}

    def get(self, arn):
        if not self._fields:
            raise SecretUnavailableError("no value", code="ResourceNotFoundException")
        return SecretValue(version_id="v", fields=self._fields)


@pytest.fixture(scope="module")
def running_sandbox():
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control("POST", "/reset")
    return running_sandbox


def mail_key(sandbox, *permissions):
    body = {"name": "doctor", "permissions": list(permissions)}
    return Secrets(api_key=sandbox.control("POST", "/keys", body)["apiKey"])


def pair(sandbox):
    made = sandbox.control("GET", "/formaloo")
    return Secrets(api_key=made["api_key"], secret_key=made["secret_key"])


def ask(look, sandbox, secrets, url=None):
    url = sandbox.url if url is None else url
    return look(secrets, arn="arn", url=url, clock=SystemClock(), now=time.time)


def test_a_good_key_has_nothing_wrong_and_sends_nothing(sandbox):
    facts = ask(forma_mail_facts, sandbox, mail_key(sandbox, "emails:send", "emails:read"))
    assert (facts.refused, facts.lacking, facts.unreachable, facts.unknown) == (False, (), "", "")
    assert abs(facts.clock_ahead_seconds) < 3
    assert sandbox.control("GET", "/emails")["total"] == 0


@pytest.mark.parametrize(
    ("granted", "lacking"),
    [
        (("emails:send",), ("emails:read",)),
        (("emails:read",), ("emails:send",)),
        (("templates:read",), ("emails:send", "emails:read")),
    ],
)
def test_every_right_that_the_key_lacks_is_named(sandbox, granted, lacking):
    facts = ask(forma_mail_facts, sandbox, mail_key(sandbox, *granted))
    assert (facts.lacking, facts.refused, facts.unknown) == (lacking, False, "")


def test_a_key_that_is_unknown_is_refused_and_shown_nowhere(sandbox):
    key = "fm_sk_" + 20 * "q"
    facts = ask(forma_mail_facts, sandbox, Secrets(api_key=key))
    assert (facts.refused, facts.lacking) == (True, ())
    assert key not in repr(facts)


@pytest.mark.parametrize("fault", ["status:503", "status:429", "html"])
def test_a_provider_that_fails_leaves_the_key_unjudged(sandbox, fault):
    secrets = mail_key(sandbox, "emails:send", "emails:read")
    body = {"route": "GET /emails/usage/stats", "fault": fault, "times": 1}
    sandbox.control("POST", "/faults", body)
    facts = ask(forma_mail_facts, sandbox, secrets)
    assert (facts.refused, facts.lacking, facts.unreachable) == (False, (), "")
    assert facts.unknown.startswith("forma-mail GET emails/usage/stats")


def test_a_clock_that_is_wrong_is_measured(sandbox):
    sandbox.control("PUT", "/clock", {"offset_seconds": -100})
    facts = ask(forma_mail_facts, sandbox, mail_key(sandbox, "emails:send", "emails:read"))
    assert facts.clock_ahead_seconds == pytest.approx(-100, abs=3)


def test_a_good_pair_has_nothing_wrong(sandbox):
    facts = ask(formaloo_facts, sandbox, pair(sandbox))
    assert (facts.refused, facts.lacking, facts.unreachable, facts.unknown) == (False, (), "", "")
    assert abs(facts.clock_ahead_seconds) < 3


def test_a_pair_that_is_unknown_is_refused(sandbox):
    facts = ask(formaloo_facts, sandbox, Secrets(api_key="a", secret_key="b"))
    assert (facts.refused, facts.lacking) == (True, ())


@pytest.mark.parametrize("look", [forma_mail_facts, formaloo_facts])
def test_a_provider_that_is_down_is_unreachable(look, sandbox):
    secrets = Secrets(api_key="a", secret_key="b")
    facts = ask(look, sandbox, secrets, url="http://127.0.0.1:9")
    assert facts.unreachable == "not sent: the connection was refused"
    assert facts.clock_ahead_seconds is None


@pytest.mark.parametrize("look", [forma_mail_facts, formaloo_facts])
@pytest.mark.parametrize("url", ["", "http://example.com", "ftp://127.0.0.1"])
def test_an_address_that_cannot_be_asked_says_so(look, sandbox, url):
    with pytest.raises(UnseenError, match="the base URL"):
        ask(look, sandbox, Secrets(api_key="a", secret_key="b"), url=url)


@pytest.mark.parametrize("look", [forma_mail_facts, formaloo_facts])
@pytest.mark.parametrize("fields", [{}, {"key": json.dumps("fm_sk_plain")}])
def test_without_a_key_there_is_nothing_to_ask_with(look, sandbox, fields):
    with pytest.raises(UnseenError, match=r"^there is no key to ask with: "):
        ask(look, sandbox, Secrets(**fields))
