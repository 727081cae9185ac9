from __future__ import annotations

import pytest

from formarelay.errors import (
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from formarelay.formamail.client import FormaMail
from formarelay.formamail.models import Email
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp

pytestmark = pytest.mark.disable_socket


def client(http: FakeHttp) -> FormaMail:
    return FormaMail(http, keys=FakeKeys("fm_sk_a"), clock=ManualClock())


FULL = {
    "id": "e1",
    "teamId": "t",
    "templateId": "welcome",
    "subject": "secret subject",
    "from": "shop@example.com",
    "to": ["ada@example.com", {"email": "bob@example.com"}],
    "status": "levitating",
    "tags": ["a", 7, "b"],
    "metadata": {"relayId": "r1", "n": 1},
    "createdAt": "2024-11-19T12:00:00.000Z",
    "sentAt": None,
    "deliveredAt": "2024-11-19T12:00:09.000Z",
    "errorMessage": "mailbox full",
    "futureField": {"x": 1},
}


@pytest.mark.parametrize("body", [FULL, {"success": True, "data": FULL}])
def test_one_mail_is_read_tolerantly(body):
    http = FakeHttp().replies(200, json=body)
    assert client(http).get("e1", read_timeout_seconds=3) == Email(
        id="e1",
        status="levitating",
        template_id="welcome",
        to=("ada@example.com", "bob@example.com"),
        tags=("a", "b"),
        metadata={"relayId": "r1", "n": 1},
        created_at="2024-11-19T12:00:00.000Z",
        delivered_at="2024-11-19T12:00:09.000Z",
        error_message="mailbox full",
    )
    (sent,) = http.requests
    assert (sent.method, sent.path, sent.operation) == (
        "GET",
        "/api/emails/e1",
        "GET emails/{id}",
    )
    assert sent.read_timeout_seconds == 3


def test_a_mail_of_which_only_the_id_is_known_is_a_mail():
    http = FakeHttp().replies(200, json={"id": "e1", "to": None, "tags": "x", "metadata": []})
    assert client(http).get("e1") == Email(id="e1")


@pytest.mark.parametrize(
    ("email_id", "path"),
    [
        ("a/b?c#d", "/api/emails/a%2Fb%3Fc%23d"),
        ("usage/stats", "/api/emails/usage%2Fstats"),
        ("é %2e", "/api/emails/%C3%A9%20%252e"),
        ("a\r\nHost: x", "/api/emails/a%0D%0AHost%3A%20x"),
        ("...", "/api/emails/..."),
    ],
)
def test_an_id_stays_one_segment_of_the_path(email_id, path):
    http = FakeHttp().replies(200, json={"id": "e1"})
    client(http).get(email_id)
    assert http.requests[0].path == path


@pytest.mark.parametrize("email_id", ["", ".", ".."])
def test_an_id_that_would_be_another_path_is_refused(email_id):
    http = FakeHttp()
    with pytest.raises(InvalidRequestError):
        client(http).get(email_id)
    assert http.requests == []


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (403, PermissionDeniedError)])
def test_a_refused_look_up_is_classified(status, kind):
    with pytest.raises(kind) as caught:
        client(FakeHttp().replies(status)).get("secret-id")
    assert type(caught.value) is kind
    assert "secret-id" not in str(caught.value)
