from __future__ import annotations

import copy
import json

import pytest

from formarelay.errors import PermissionDeniedError, RateLimit, UnexpectedResponseError
from formarelay.formamail.client import FormaMail, api_root
from formarelay.formamail.models import Allowance, Recipient, SendRequest, Usage
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp

pytestmark = pytest.mark.disable_socket

# The seed's own example.
SEED = {
    "email": {"used": 150, "limit": 1000, "remaining": 850, "percentUsed": 15},
    "attachment": {"used": 50, "limit": 500, "remaining": 450, "percentUsed": 10},
    "billingPeriod": "2024-11-01",
}


def usage(http: FakeHttp) -> Usage:
    return FormaMail(http, keys=FakeKeys("fm_sk_a"), clock=ManualClock()).usage()


@pytest.mark.parametrize("body", [SEED, {"success": True, "data": SEED}])
def test_the_seeds_example_is_read_bare_and_enveloped(body):
    http = FakeHttp().replies(200, json=body, headers={"X-RateLimit-Remaining": "7"})
    assert usage(http) == Usage(
        email=Allowance(used=150, limit=1000, remaining=850, percent_used=15.0),
        attachment=Allowance(used=50, limit=500, remaining=450, percent_used=10.0),
        billing_period="2024-11-01",
        rate=RateLimit(remaining=7),
    )
    (sent,) = http.requests
    assert (sent.method, sent.path) == ("GET", "/api/emails/usage/stats")
    assert sent.operation == "GET emails/usage/stats"


def test_numbers_that_are_not_numbers_are_none():
    body = copy.deepcopy(SEED)
    body["email"] = {"used": 1.0, "limit": None, "remaining": "850", "percentUsed": True}
    body["attachment"] = {"used": None}
    found = usage(FakeHttp().replies(200, json=body))
    assert found.email == Allowance(used=1)
    assert found.attachment is None


def test_nonsense_is_passed_on_for_others_to_judge():
    body = copy.deepcopy(SEED)
    body["email"] = {"used": -5, "limit": -1, "remaining": 0, "percentUsed": -3.5}
    found = usage(FakeHttp().replies(200, json=body)).email
    assert found == Allowance(used=-5, limit=-1, remaining=0, percent_used=-3.5)


@pytest.mark.parametrize("used", ["null", '"150"', "true", "1.5", "1e999", "1" * 400, "[1]"])
def test_without_a_number_of_mails_the_attachments_are_known_all_the_same(used):
    body = json.dumps(SEED).replace("150", used)
    found = usage(FakeHttp().replies(200, body=body))
    assert found.email is None
    assert found.attachment == Allowance(used=50, limit=500, remaining=450, percent_used=10.0)


@pytest.mark.parametrize("used", ["null", '"150"', "true", "1.5", "1e999", "1" * 400, "[1]"])
def test_without_any_number_there_is_no_usage(used):
    body = json.dumps({"email": {"used": 150}, "attachment": None}).replace("150", used)
    with pytest.raises(UnexpectedResponseError) as caught:
        usage(FakeHttp().replies(200, body=body))
    assert type(caught.value) is UnexpectedResponseError


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"email": 7}', b'{"email": {}}', b"<html>"])
def test_another_document_is_no_usage(body):
    with pytest.raises(UnexpectedResponseError):
        usage(FakeHttp().replies(200, body=body))


def test_a_missing_right_is_not_a_dead_key():
    with pytest.raises(PermissionDeniedError):
        usage(FakeHttp().replies(403, json={"code": "FORBIDDEN"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.formamail.com",
        "https://api.formamail.com/",
        "https://api.formamail.com/api",
        "https://api.formamail.com/api/",
        "https://api.formamail.com/api/v1",
        " https://api.formamail.com/api/v1// ",
    ],
)
def test_every_convention_of_the_url_gives_one_root(url):
    assert api_root(url) == "https://api.formamail.com"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "https://api", "https://x.org/proxy", "https://x.org/v1"]
)
def test_what_is_no_prefix_of_the_provider_stays(url):
    assert api_root(url) == url


def test_a_prefix_behind_a_proxy_is_cut_too():
    assert api_root("https://x.org/forma/api/") == "https://x.org/forma"


def test_no_model_shows_addresses_or_content():
    request = SendRequest(
        template_id="t", to=(Recipient(email="ada@example.com"),), variables={"name": "Ada"}
    )
    assert repr(request) == "<SendRequest>"
    assert repr(request.to[0]) == "<Recipient>"
    assert list(request.__rich_repr__()) == []
    assert repr(Allowance(used=1, limit=5)) == "<Allowance 1 of 5>"
