"""A mail that does not end well: the inbox follows it to its end, and shows that."""

from __future__ import annotations

import re

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.inbox_reader import Document, look

NOON = "2026-03-01T12:00:"
ENDINGS = {
    "bounced": ["queued 00", "processing 10", "sent 20", "bounced 30"],
    "complained": ["queued 00", "processing 10", "sent 20", "delivered 30", "complained 40"],
    "failed": ["queued 00", "processing 10", "failed 20"],
    "rejected": ["rejected 00"],
}


def changes(page: Document) -> list[str]:
    """Each status with the seconds of its time."""
    found = re.findall(r"([a-z]+) 2026-03-01 12:00:(\d\d)\.\d{3}", page.text)
    return [f"{status} {seconds}" for status, seconds in found]


def is_followed(page: Document) -> bool:
    """Whether an open page asks again although it is told of nothing."""
    return any("data-again-ms" in attributes for _, attributes in page.elements)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_mail_is_followed_to_its_ending(
    sandbox: RunningSandbox, api_key: str, ending: str
) -> None:
    knobs = {"status_step_seconds": 10, "recipient_endings": {"bad@*": ending}}
    sandbox.control("PUT", "/profile", knobs)
    sandbox.control("PUT", "/clock", {"now": f"{NOON}00Z"})
    answer = sandbox.send(api_key, to=[{"email": "bad@example.com"}])
    addresses = ("/", f"/inbox/mails/{answer.json()['data']['id']}")
    expected = ENDINGS[ending]

    for number in range(1, len(expected) + 1):
        sandbox.control("PUT", "/clock", {"now": f"{NOON}{10 * number - 5:02}Z"})
        pages = [look(sandbox, address) for address in addresses]

        assert changes(pages[1]) == expected[:number]
        assert [is_followed(page) for page in pages] == [number < len(expected)] * 2


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_stands_out(sandbox: RunningSandbox, ending: str) -> None:
    style = sandbox.request("GET", "/inbox/static/inbox.css").body.decode()

    bad = next(rule for rule in style.split("}") if "color: var(--bad)" in rule)

    assert f".{ending}," in bad
