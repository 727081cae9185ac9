from __future__ import annotations

import math

import pytest

from formarelay.errors import UnexpectedResponseError
from formarelay.http import Headers, HttpResponse
from formarelay.http.request import check_headers, check_path, check_request, encode_json

pytestmark = pytest.mark.disable_socket


@pytest.mark.parametrize(
    "path",
    ["/", "/api/emails/send", "/v3.0/forms/a/", "/x/a%2Fb%20c", "/emails/...", "/a,b;c=d:e@f~g"],
)
def test_a_clean_path_may_be_sent(path):
    assert check_path(path) == ""


@pytest.mark.parametrize(
    "path",
    ["", "x", "//evil\\", "/a b", "/a?b", "/a#b", "/a\r\nX: y", "/a\x00", "/é", "/\u2028"],
)
def test_a_path_with_other_characters_is_refused(path):
    assert check_path(path) == "the path does not begin with / or holds a forbidden character"


@pytest.mark.parametrize("path", ["/..", "/.", "/a/../b", "/a/%2e%2E", "/a/%2E/b", "/a/..%2Fb"])
def test_a_path_that_would_resolve_to_another_is_refused(path):
    assert check_path(path) == "the path holds a dot segment"


@pytest.mark.parametrize("value", ["x", "Bearer fm_sk_a", "a  b", "!~"])
def test_printable_header_values_may_be_sent(value):
    assert check_headers({"Authorization": value}) == ""


@pytest.mark.parametrize(
    "value", ["", " ", " x", "x ", "x\n", "x\r\nY: z", "\tx", "x\x00y", "x\x85", "é", "x\u2028y"]
)
def test_other_header_values_are_refused_without_being_shown(value):
    problem = check_headers({"Authorization": value})
    assert problem == "the value of header Authorization is empty or holds a forbidden character"


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "Ä"])
def test_odd_header_names_are_refused(name):
    assert check_headers({name: "x"}) == "a header name holds a forbidden character"


def test_json_is_compact_utf_8():
    assert encode_json({"a": ["é", None, 1.5]}) == '{"a":["é",null,1.5]}'.encode()


def test_what_has_no_json_form_is_not_encoded():
    endless: list[object] = []
    endless.append(endless)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (math.nan, math.inf, "\ud800", {1, 2}, object(), endless, deep):
        assert encode_json(value) is None


def test_a_request_without_body_is_fine():
    assert check_request("/x", {}, body=None, form=None) == ("", None)


def test_json_is_read_back():
    assert HttpResponse(status=200, body=b' {"a": [1, null]} ').json() == {"a": [1, None]}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is empty"),
        (b"<html></html>", "the body is not JSON"),
        (b'{"id": "x"', "the body is not JSON"),
        (b'{"id": NaN}', "the body is not JSON"),
        (b"Infinity", "the body is not JSON"),
        (b"\xff\xfe\x00", "the body is not JSON"),
        (b"[" * 200_000, "the body is not JSON"),
        (b"1" * 5000, "the body is not JSON"),
    ],
)
def test_a_body_that_is_not_json_is_never_a_success(body, detail):
    response = HttpResponse(status=201, body=body, service="forma-mail", operation="POST x")
    with pytest.raises(UnexpectedResponseError) as caught:
        response.json()
    assert type(caught.value) is UnexpectedResponseError
    assert str(caught.value) == f"forma-mail POST x 201: {detail}"
    assert caught.value.__context__ is None
    assert response.json_or_none() is None


def test_the_repr_of_an_answer_shows_no_content():
    headers = Headers([("Set-Cookie", "canary")])
    response = HttpResponse(status=200, headers=headers, body=b"canary", operation="GET x")
    assert repr(response) == "<HttpResponse 200 of GET x, 6 bytes>"
    assert repr(headers) == "Headers(['set-cookie'])"


def test_headers_match_in_any_case_and_count_once():
    headers = Headers([("Retry-After", "1"), ("RETRY-AFTER", "2")])
    assert headers["retry-after"] == "2"
    assert headers.get("missing") is None
    assert len(headers) == 1
