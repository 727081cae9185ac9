"""Forms, webhooks, usage, keys and profile, with a scripted provider."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    CredentialError,
    NotFoundError,
    OutcomeUnknownError,
    UnexpectedResponseError,
)
from formarelay.redact import Secret
from tests.support.fake_http import FakeHttp
from tests.support.form_api import calls, form_api
from tests.support.formaloo import enveloped, refusal

pytestmark = pytest.mark.disable_socket

FIELDS = [
    {"slug": "s1", "type": "email", "title": "Mail", "required": True, "alias": "mail"},
    {
        "slug": "s2",
        "type": "dropdown",
        "title": "City",
        "choice_items": [{"slug": "c1", "title": "Rome"}],
    },
]
FORM = {"slug": "f1", "address": "abc", "title": "T", "active": True, "fields_list": FIELDS}
HOOK = {"slug": "w1", "url": "https://example.com/x", "secret": "s", "form_submit_events": True}


@pytest.mark.parametrize("key", ["forms", "objects"])
def test_forms_are_listed_over_pages_each_once(key):
    def page(number: int, *slugs: str, following: str | None) -> dict:
        paging = {"current_page": str(number), "page_count": 2, "page_size": 2, "next": following}
        return enveloped({**paging, key: [{"slug": slug} for slug in slugs]})

    http = FakeHttp(service="formaloo")
    http.replies(200, json=page(1, "f1", "f2", following="x"), operation="GET forms/")
    http.replies(200, json=page(2, "f2", "f3", following=None), operation="GET forms/")
    assert [form.slug for form in form_api(http).forms.list(search="t", page_size=2)] == [
        *("f1", "f2", "f3")
    ]
    assert [sent.params for sent in http.requests if sent.method == "GET"] == [
        {"page": 1, "page_size": 2, "search": "t"},
        {"page": 2, "page_size": 2, "search": "t"},
    ]


def test_a_form_has_its_fields_by_slug_and_by_alias():
    http = FakeHttp().replies(200, json=enveloped({"form": FORM}), operation="GET forms/{form}/")
    form = form_api(http).forms.get("f1")
    assert [field.slug for field in form.fields] == ["s1", "s2"]
    assert form.field("mail") is form.fields[0]
    assert form.field("s2").choices == (("c1", "Rome"),)
    assert (form.fields[0].required, form.fields[1].required) == (True, False)
    assert form.field("") is None
    assert form.field("x") is None


@pytest.mark.parametrize(
    "data", [{}, {"form": {}}, {"form": []}, {"form": {"slug": "f"}}, {"form": {**FORM, "slug": 7}}]
)
def test_another_document_is_no_form(data):
    http = FakeHttp().replies(200, json=enveloped(data), operation="GET forms/{form}/", times=3)
    with pytest.raises(UnexpectedResponseError):
        form_api(http).forms.get("f1")


def test_a_webhook_is_made_by_one_call_and_its_secret_kept_from_view():
    http = FakeHttp().replies(
        200, json=enveloped({"webhook": HOOK}), operation="POST forms/{form}/webhooks/"
    )
    made = form_api(http).webhooks.create(
        "f1", "https://example.com/x", secret=Secret("s"), form_submit_events=True
    )
    assert http.requests[-1].json == {
        "url": "https://example.com/x",
        "secret": "s",
        "form_submit_events": True,
    }
    assert (made.slug, made.secret, made.active) == ("w1", Secret("s"), None)
    assert "example.com" not in repr(made)


def test_webhooks_are_listed_changed_tried_and_ended():
    http = FakeHttp()
    api = form_api(http)
    http.replies(200, json=enveloped({"webhooks": [HOOK]}))
    http.replies(200, json=enveloped({"webhook": {**HOOK, "active": False}}))
    http.replies(200, json=enveloped({"sample_data": {}}))
    http.replies(202, json=enveloped({}))
    http.replies(204)
    assert [hook.slug for hook in api.webhooks.list("f1")] == ["w1"]
    assert api.webhooks.update("f1", "w1", active=False).active is False
    assert http.requests[-1].json == {"active": False}
    assert api.webhooks.sample("f1", "w1") == {"sample_data": {}}
    api.webhooks.send_test("f1", "w1")
    api.webhooks.delete("f1", "w1")
    assert calls(http) == [
        ("GET", "/v3.0/forms/f1/webhooks/"),
        ("PATCH", "/v3.0/forms/f1/webhooks/w1/"),
        ("GET", "/v3.0/forms/f1/webhooks/w1/sample-data/"),
        ("POST", "/v3.0/forms/f1/webhooks/w1/send-test/"),
        ("DELETE", "/v3.0/forms/f1/webhooks/w1/"),
    ]


def test_a_change_is_repeated_once_after_a_401_and_with_another_token():
    http = FakeHttp()
    api = form_api(http, mints=2)
    http.replies(401, json=refusal(401, "Signature has expired."))
    http.replies(200, json=enveloped({}))
    api.webhooks.delete("f1", "w1")
    deletes = [sent for sent in http.requests if sent.method == "DELETE"]
    assert [sent.headers["Authorization"] for sent in deletes] == ["JWT token-0", "JWT token-1"]


def test_a_change_refused_twice_is_given_up():
    http = FakeHttp()
    api = form_api(http, mints=2)
    http.replies(401, json=refusal(401), times=2)
    with pytest.raises(CredentialError):
        api.webhooks.delete("f1", "w1")
    http.assert_done()


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_change_is_never_repeated_for_another_reason(status):
    http = FakeHttp()
    api = form_api(http)
    http.replies(status)
    with pytest.raises(Exception, match=str(status)):
        api.webhooks.create("f1", "https://example.com/x")
    assert len(calls(http)) == 1


def test_a_lost_change_may_have_been_made():
    http = FakeHttp()
    api = form_api(http)
    http.fails(OutcomeUnknownError)
    with pytest.raises(OutcomeUnknownError):
        api.webhooks.delete("f1", "w1")
    assert len(calls(http)) == 1


def test_a_success_around_errors_is_no_change():
    http = FakeHttp()
    api = form_api(http)
    http.replies(200, json=refusal(200, "No."))
    with pytest.raises(UnexpectedResponseError):
        api.webhooks.delete("f1", "w1")


def test_usage_profile_and_keys_are_read():
    http = FakeHttp()
    api = form_api(http)
    http.replies(200, json=enveloped({"usage": [{"resource": "rows", "used": 1, "limit": 5}]}))
    http.replies(200, json=enveloped({"usage": []}))
    http.replies(200, json=enveloped({"profile": {"email": "o@example.com"}}))
    http.replies(200, json=enveloped({"api_key": "k", "secret_key": "s"}))
    (found,) = api.usage().pairs
    assert (found.resource, found.used, found.limit) == ("rows", 1, 5)
    assert api.usage("b/1").pairs == ()
    assert api.profile().email == "o@example.com"
    keys = api.keys()
    assert (keys.api_key, keys.secret_key) == (Secret("k"), Secret("s"))
    assert calls(http) == [
        ("GET", "/v3.0/usage/"),
        ("GET", "/v3.0/businesses/b%2F1/usage/"),
        ("GET", "/v3.0/profile/"),
        ("GET", "/v3.0/keys/"),
    ]
    assert http.requests[-1].params == {}


def test_a_form_that_is_not_there_is_not_found():
    http = FakeHttp().replies(404, json=refusal(404), operation="GET forms/{form}/")
    with pytest.raises(NotFoundError):
        form_api(http).forms.get("f1")
