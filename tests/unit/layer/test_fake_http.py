"""The test double itself; that it behaves as the real client, `test_fake_parity.py` shows."""

from __future__ import annotations

import pytest

from formarelay.errors import ConnectionFailedError
from formarelay.http import HttpResponse
from tests.support.fake_http import FakeHttp

pytestmark = pytest.mark.disable_socket


def test_answers_come_in_order_and_requests_are_kept():
    http = FakeHttp(service="s").replies(200, json={"n": 1}).replies(201, body="two")
    first = http.request("GET", "/a", operation="GET a", params={"q": "x", "none": None})
    second = http.request("POST", "/b", operation="POST b", json={"k": (1, 2)})
    assert (first.json(), second.body) == ({"n": 1}, b"two")
    assert [(sent.method, sent.path, sent.params) for sent in http.requests] == [
        ("GET", "/a", {"q": "x"}),
        ("POST", "/b", {}),
    ]
    assert http.requests[1].json == {"k": [1, 2]}
    http.assert_done()


def test_a_step_may_wait_for_its_operation():
    http = FakeHttp().replies(200, operation="GET b").replies(201)
    assert http.request("GET", "/a", operation="GET a").status == 201
    assert http.request("GET", "/b", operation="GET b").status == 200


def test_a_failure_names_service_and_operation():
    http = FakeHttp(service="s").fails(ConnectionFailedError)
    with pytest.raises(ConnectionFailedError) as caught:
        http.request("GET", "/a", operation="GET a")
    assert (caught.value.service, caught.value.operation) == ("s", "GET a")


def test_an_unforeseen_call_fails():
    with pytest.raises(AssertionError, match="no answer for GET a"):
        FakeHttp().request("GET", "/a", operation="GET a")


def test_an_unused_step_fails():
    with pytest.raises(AssertionError, match="not called"):
        FakeHttp().replies(200, operation="GET a").assert_done()


def test_otherwise_answers_what_the_script_does_not():
    http = FakeHttp(otherwise=lambda sent: HttpResponse(status=418)).replies(200)
    assert [http.request("GET", "/a", operation="x").status for _ in range(3)] == [200, 418, 418]


def test_before_runs_before_the_answer():
    events: list[str] = []
    http = FakeHttp().replies(200, before=lambda: events.append("before"))
    http.request("GET", "/a", operation="x")
    assert events == ["before"]
