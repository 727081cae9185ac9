from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from formarelay.errors import (
    UnexpectedResponseError,
)
from formarelay.formamail.client import FormaMail
from formarelay.formamail.listing import MAX_PAGES
from formarelay.formamail.models import EmailPage
from formarelay.http import Headers, HttpResponse
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp, SentRequest

pytestmark = pytest.mark.disable_socket


def client(http: FakeHttp) -> FormaMail:
    return FormaMail(http, keys=FakeKeys("fm_sk_a"), clock=ManualClock())


def page(*ids: str, **meta: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"success": True, "data": [{"id": email_id} for email_id in ids]}
    return {**document, "meta": meta} if meta else document


def listed(*pages: Any) -> list[str]:
    http = FakeHttp(service="forma-mail")
    for document in pages:
        http.replies(200, json=document)
    ids = [email.id for email in client(http).list_emails()]
    http.assert_done()
    assert [sent.params["page"] for sent in http.requests] == list(range(1, len(pages) + 1))
    return ids


def test_filters_become_query_parameters():
    http = FakeHttp().replies(200, json=page(total=0, totalPages=0))
    found = client(http).list_emails(
        recipient="ada+x@example.com",
        template_id="welcome",
        date_from=datetime(2024, 11, 19, 14, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2))),
        date_to=datetime(2024, 11, 20, tzinfo=UTC),
        status="sent",
        page_size=20,
        read_timeout_seconds=5,
    )
    assert list(found) == []
    (sent,) = http.requests
    assert (sent.method, sent.path, sent.operation) == ("GET", "/api/emails", "GET emails")
    assert sent.params == {
        "recipient": "ada+x@example.com",
        "templateId": "welcome",
        "dateFrom": "2024-11-19T12:00:00.123Z",
        "dateTo": "2024-11-20T00:00:00.000Z",
        "status": "sent",
        "limit": 20,
        "page": 1,
    }
    assert sent.json is None
    assert sent.read_timeout_seconds == 5


def test_filters_that_are_not_given_are_not_sent():
    http = FakeHttp().replies(200, json=page(total=0))
    list(client(http).list_emails())
    assert http.requests[0].params == {"limit": 50, "page": 1}


def test_an_instant_without_zone_is_a_mistake_of_the_programmer():
    with pytest.raises(ValueError, match="zone"):
        list(client(FakeHttp()).list_emails(date_from=datetime(2024, 1, 1)))


def test_all_pages_are_walked():
    first = page("a", "b", total=5, page=1, limit=2, totalPages=3)
    second = page("c", "d", total=5, page=2, limit=2, totalPages=3)
    third = page("e", total=5, page=3, limit=2, totalPages=3)
    assert listed(first, second, third) == ["a", "b", "c", "d", "e"]


def test_pages_are_fetched_only_when_they_are_reached():
    http = FakeHttp().replies(200, json=page("a", "b", total=4, totalPages=2))
    found = client(http).list_emails()
    assert http.requests == []
    assert [next(found).id, next(found).id] == ["a", "b"]
    assert len(http.requests) == 1


@pytest.mark.parametrize(
    "pages",
    [
        (page(total=0, totalPages=0),),
        (page(total=0, totalPages=1),),
        (page(total=0),),
        (page(totalPages=0),),
        (page(),),
        ([],),
    ],
)
def test_nothing_is_nothing(pages):
    assert listed(*pages) == []


@pytest.mark.parametrize(
    "pages",
    [
        (page("a", total=2), page("b", total=2)),
        (page("a", totalPages=2), page("b", totalPages=2)),
        (page("a"), page("b"), page()),
        ([{"id": "a"}], [{"id": "b"}], []),
        (page("a", total="2", totalPages="2"), page("b", total="2", totalPages="2")),
        # The number of pages was counted for a page size that the server then cut down.
        (page("a", total=2, totalPages=1), page("b", total=2, totalPages=1)),
        # A mail that arrived meanwhile moved the others down by one.
        (page("a", total=2, totalPages=2), page("a", "b", total=2, totalPages=2)),
    ],
)
def test_either_number_or_neither_is_enough(pages):
    assert listed(*pages) == ["a", "b"]


@pytest.mark.parametrize(
    "pages",
    [
        (page("a", total=2), page("a", total=2)),
        (page("a", total=2), page(total=2)),
        (page("a", totalPages=3), page("a", totalPages=3)),
        (page("a", totalPages=3), page(totalPages=3)),
        (page("a"), page("a")),
        (page("a", total=3, totalPages=2), page("b", total=3, totalPages=2), page(total=3)),
    ],
    ids=["repeats", "short", "repeats pages", "short pages", "repeats without numbers", "short 3"],
)
def test_a_listing_that_does_not_show_all_it_promises_never_ends_well(pages):
    with pytest.raises(UnexpectedResponseError) as caught:
        listed(*pages)
    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.detail == "the pages repeat or end before all is shown"
    assert (caught.value.service, caught.value.operation) == ("forma-mail", "GET emails")


def test_a_listing_without_end_is_left():
    def answer(sent: SentRequest) -> HttpResponse:
        body = b'{"data": [{"id": "e%d"}]}' % sent.params["page"]
        return HttpResponse(status=200, body=body)

    http = FakeHttp(otherwise=answer)
    found = client(http).list_emails()
    with pytest.raises(UnexpectedResponseError, match=f"no end after {MAX_PAGES} pages"):
        list(found)
    assert len(http.requests) == MAX_PAGES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"{}",
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": {"emails": []}}',
        b'{"success": false, "data": []}',
        b'{"data": [null]}',
        b'{"data": [{}]}',
        b'{"data": [{"id": "a"}, {"id": ""}]}',
        b'{"data": [{"id": 7}]}',
    ],
)
def test_a_page_that_cannot_be_read_whole_proves_nothing(body):
    with pytest.raises(UnexpectedResponseError) as caught:
        list(client(FakeHttp().replies(200, body=body)).list_emails())
    assert type(caught.value) is UnexpectedResponseError


def test_one_page_can_be_had_with_its_numbers():
    http = FakeHttp().replies(
        200, json=page("a", total=7, totalPages=4), headers={"X-RateLimit-Limit": "300"}
    )
    found = client(http).list_page(page=2, page_size=2)
    assert [email.id for email in found.emails] == ["a"]
    assert (found.total, found.total_pages) == (7, 4)
    assert found.rate is not None
    assert found.rate.limit == 300
    assert http.requests[0].params == {"limit": 2, "page": 2}


@pytest.mark.parametrize("number", ["-1", "true", '"x"', "1e999", "null", "[]"])
def test_odd_numbers_of_a_page_are_none(number):
    body = '{"data": [], "meta": {"total": %s, "totalPages": %s}}' % (number, number)  # noqa: UP031  # braces
    assert client(FakeHttp().replies(200, body=body)).list_page() == EmailPage(emails=())


def test_reading_needs_no_answer_headers():
    http = FakeHttp(otherwise=lambda _: HttpResponse(status=200, headers=Headers(), body=b"[]"))
    assert list(client(http).list_emails()) == []
