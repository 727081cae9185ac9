"""Rows made, changed and removed; filters; the write-only key; deliveries."""

from __future__ import annotations

import json
from datetime import date

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    OutcomeUnknownError,
    UnexpectedResponseError,
    WebhookRefusedError,
)
from formarelay.formaloo.deliveries import check_token, read_event
from formarelay.formaloo.filters import row_filters
from formarelay.formaloo.write_only import WriteOnlyFormaloo
from formarelay.redact import Secret
from tests.support.fake_http import FakeHttp
from tests.support.form_api import calls, form_api
from tests.support.formaloo import enveloped, refusal

pytestmark = pytest.mark.disable_socket

ROW = {"slug": "r1", "data": {"s1": "new", "n": 5}}
PATCH = "PATCH rows/{row}/"
GET = "GET rows/{row}/"


def changed(values: dict, *, found: dict) -> tuple[FakeHttp, tuple[str, ...]]:
    http = FakeHttp().replies(200, json=enveloped({}), operation=PATCH)
    http.replies(200, json=enveloped({"row": {**ROW, "data": found}}), operation=GET)
    return http, form_api(http).rows.change("r1", values).not_taken


def test_a_change_is_flat_and_read_again():
    http, not_taken = changed({"s1": "new", "row_tags": ["a"]}, found={"s1": "new"})
    assert calls(http) == [("PATCH", "/v3.0/rows/r1/"), ("GET", "/v3.0/rows/r1/")]
    assert next(sent.json for sent in http.requests if sent.method == "PATCH") == {
        "s1": "new",
        "row_tags": ["a"],
    }
    assert not_taken == ()


@pytest.mark.parametrize(
    ("values", "found", "expected"),
    [
        ({"s1": "unknown-choice"}, {"s1": "old"}, ("s1",)),
        ({"s1": "x", "s2": "y"}, {"s1": "x"}, ("s2",)),
        ({"n": 5}, {"n": "5"}, ()),
        ({"s1": ""}, {}, ()),
        ({"s1": None}, {"s1": "old"}, ("s1",)),
    ],
)
def test_a_change_that_the_provider_ignored_is_told(values, found, expected):
    assert changed(values, found=found)[1] == expected


@pytest.mark.parametrize("values", [{}, {"data": {"s1": "x"}}])
def test_a_change_of_nothing_is_not_sent(values):
    http = FakeHttp()
    with pytest.raises(InvalidRequestError, match="flat"):
        form_api(http).rows.change("r1", values)
    assert http.requests == []


def test_rows_are_removed_one_by_one_and_together():
    http = FakeHttp()
    api = form_api(http)
    http.replies(200, json=enveloped({}), times=2)
    api.rows.delete("r1")
    api.rows.delete_many("f1", ["r1", "r2"])
    api.rows.delete_many("f1", [])
    assert calls(http) == [
        ("DELETE", "/v3.0/rows/r1/"),
        ("POST", "/v3.0/forms/f1/rows/bulk-delete/"),
    ]
    assert http.requests[-1].json == {"slugs_list": ["r1", "r2"]}


@pytest.mark.parametrize("slugs", ["r1", ["r1", ""]])
def test_slugs_that_nobody_meant_are_not_removed(slugs):
    http = FakeHttp()
    with pytest.raises(InvalidRequestError):
        form_api(http).rows.delete_many("f1", slugs)
    assert http.requests == []


@pytest.mark.parametrize(("by_alias", "extra"), [(False, {}), (True, {"submit_by_alias": True})])
@pytest.mark.parametrize("inner", [ROW, {"row": ROW}])
def test_a_row_is_made_with_the_full_credentials(by_alias, extra, inner):
    http = FakeHttp().replies(201, json=enveloped(inner), operation="POST forms/{form}/rows/")
    made = form_api(http).rows.create("f1", {"a": "x"}, by_alias=by_alias)
    assert made.slug == "r1"
    assert http.requests[-1].json == {"a": "x", **extra}
    assert http.requests[-1].headers["Authorization"] == "JWT token-0"


def test_a_row_that_may_have_been_made_is_not_made_again():
    http = FakeHttp()
    api = form_api(http)
    http.fails(OutcomeUnknownError)
    with pytest.raises(OutcomeUnknownError):
        api.rows.create("f1", {"a": "x"})
    assert len(calls(http)) == 1


def test_an_answer_without_a_row_proves_none():
    http = FakeHttp()
    api = form_api(http)
    http.replies(201, json=enveloped({}))
    with pytest.raises(UnexpectedResponseError):
        api.rows.create("f1", {"a": "x"})


def test_filters_are_the_providers_and_reach_a_day_further():
    assert row_filters(
        created_from=date(2026, 3, 1),
        created_until=date(2026, 12, 31),
        updated_from=date(2026, 1, 1),
        search="x",
        tags=["a", "b"],
        tracking_code="t",
        submit_number=0,
        fields={"s1_contains": "y", "s2": "z"},
    ) == {
        "created_at_gte": "2026-02-28",
        "created_at_lte": "2027-01-01",
        "updated_at_gte": "2025-12-31",
        "search": "x",
        "tags": "a,b",
        "tracking_code": "t",
        "submit_number": "0",
        "s1_contains": "y",
        "s2": "z",
    }
    assert row_filters() == {}
    assert row_filters(created_until=date.max) == {"created_at_lte": "9999-12-31"}


@pytest.mark.parametrize("wrong", [{"tags": ["a,b"]}, {"fields": {"s 1": "x"}}])
def test_a_filter_that_means_something_else_is_refused(wrong):
    with pytest.raises(ValueError):
        row_filters(**wrong)


def test_the_write_only_key_submits_and_sends_nothing_else():
    http = FakeHttp().replies(201, json=enveloped(ROW))
    client = WriteOnlyFormaloo(http, key=Secret("wk"))
    assert client.submit("f1", {"mail": "x"}, by_alias=True).slug == "r1"
    (sent,) = http.requests
    assert dict(sent.headers) == {"x-api-key": "wk"}
    assert sent.json == {"mail": "x", "submit_by_alias": True}


def test_a_refused_write_only_key_is_tried_once():
    http = FakeHttp().replies(401, json=refusal(401))
    with pytest.raises(CredentialError):
        WriteOnlyFormaloo(http, key=Secret("wk")).submit("f1", {})
    assert len(http.requests) == 1


@pytest.mark.parametrize("key", ["", "wk\n", "wé"])
def test_a_broken_write_only_key_is_not_sent(key):
    http = FakeHttp()
    with pytest.raises(CredentialError):
        WriteOnlyFormaloo(http, key=Secret(key)).submit("f1", {})
    assert http.requests == []


@pytest.mark.parametrize("token", [None, "", "S", "s ", "ss", "é", "\ud800"])
def test_a_token_that_is_not_the_secret_proves_nothing(token):
    with pytest.raises(WebhookRefusedError):
        check_token(token, secret=Secret("s"))


def test_an_empty_secret_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="empty secret"):
        check_token("", secret=Secret(""))


def test_a_delivery_is_a_row_and_what_happened_to_it():
    body = json.dumps({"event_type": "form_submit", "event_id": "e1", "form": "f1", **ROW})
    event = read_event(body.encode(), "s", secret=Secret("s"))
    assert (event.type, event.key, event.row.slug, event.row.form) == (
        *("form_submit", "e1", "r1", "f1"),
    )
    assert event.row.value("s1") == "new"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"slug": "r", "data": {}}',
        b'{"event_type": "x"}',
        b'{"event_type": 7, "slug": "r"}',
    ],
)
def test_a_proven_body_that_is_no_event_is_refused(body):
    with pytest.raises(WebhookRefusedError):
        read_event(body, "s", secret=Secret("s"))
