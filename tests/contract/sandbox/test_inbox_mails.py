"""The inbox shows every accepted mail, and all that is known about one."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from sandbox.testing import RunningSandbox, bearer
from tests.contract.sandbox.inbox_reader import Document, look

RELAY_ID = "0f8c3a52-6f7b-4f0e-9f58-2b1a1f6f0c11"
RICH = {
    "templateId": "order-confirmation",
    "to": [{"email": "ada@example.com", "name": "Ada"}, {"email": "bob@example.com"}],
    "cc": [{"email": "copy@example.com"}],
    "bcc": [{"email": "blind@example.com"}],
    "variables": {"firstName": "Ada", "extra": {"deep": [1, None]}},
    "metadata": {"relayId": RELAY_ID},
    "tags": ["order"],
    "attachments": [
        {"filename": "invoice.pdf", "contentType": "application/pdf", "content": "YWJjZA=="},
        {"filename": "terms.txt", "url": "https://example.com/terms.txt"},
        {"type": "pdf", "templateId": "receipt"},
    ],
}


def send(sandbox: RunningSandbox, api_key: str, **fields: object) -> str:
    answer = sandbox.send(api_key, **fields)
    assert answer.status == 201, answer.body
    return str(answer.json()["data"]["id"])


def test_an_empty_inbox_says_so(sandbox: RunningSandbox) -> None:
    page = look(sandbox, "/")

    assert "No mail was accepted yet" in page.text
    assert page.rows() == []


def test_the_newest_mail_is_the_first_row(sandbox: RunningSandbox) -> None:
    api_key = sandbox.mint_key(name="shop")
    send(sandbox, api_key)
    send(sandbox, api_key, **RICH)

    first, second = look(sandbox, "/").rows()

    assert first["To"] == "ada@example.com and 3 more"
    assert first["Subject"] == "Your order 3 attached"
    assert (first["Key"], first["Relay id"]) == ("shop", RELAY_ID)
    assert (second["To"], second["Subject"]) == ("ada@example.com", "Welcome aboard")
    assert second["Relay id"] == "none"


def test_an_opened_mail_shows_all_that_is_known(sandbox: RunningSandbox) -> None:
    value = sandbox.mint_key(name="shop")
    key_id = sandbox.control("GET", "/keys")["keys"][0]["id"]
    sandbox.control("PUT", "/profile", {"suppressed": {"bob@example.com": "hard bounce"}})
    mail_id = send(sandbox, value, **RICH)
    sandbox.control("PUT", "/clock", {"offset_seconds": 60})

    page = look(sandbox, f"/inbox/mails/{mail_id}")

    for shown in (
        "Template “Order confirmation”",
        "firstName Ada",
        "orderNumber not given",
        'extra {"deep": [1, null]} given, not in the template',
        "To ada@example.com Ada bob@example.com",
        "Cc copy@example.com",
        "Bcc blind@example.com",
        "Suppressed bob@example.com hard bounce",
        f"Key shop {key_id}",
        f"Relay id {RELAY_ID}",
        'Tags ["order"]',
        "invoice.pdf application/pdf, 4 bytes",
        "terms.txt type not given, to be fetched from https://example.com/terms.txt",
        "receipt pdf, generated from template receipt",
    ):
        assert shown in page.text, shown
    assert value not in page.html


def test_the_mails_of_a_batch_are_mails_as_any_other(sandbox: RunningSandbox, api_key: str) -> None:
    batch = {
        "templateId": "invoice",
        "baseVariables": {"amount": 12},
        "recipients": [
            {"email": "ada@example.com", "variables": {"name": "Ada"}},
            {"email": "bob@example.com", "variables": {"name": "Bob"}},
        ],
        "attachments": [
            {"attachmentTemplateId": "receipt", "filename": "r", "outputFormats": ["pdf", "excel"]}
        ],
    }
    answer = sandbox.request("POST", "/api/emails/send/bulk", body=batch, headers=bearer(api_key))
    assert answer.status < 300, answer.body

    page = look(sandbox, "/")
    opened = look(sandbox, f"/inbox/mails/{sandbox.accepted()[1]['id']}")

    assert recipients(page) == ["bob", "ada"]
    for shown in ("name Bob", "amount 12", "To bob@example.com", "Relay id none"):
        assert shown in opened.text, shown
    assert "r pdf, excel, generated from template receipt" in opened.text


def test_status_changes_have_their_times(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"status_step_seconds": 10})
    sandbox.control("PUT", "/clock", {"now": "2026-03-01T12:00:00Z"})
    mail_id = send(sandbox, api_key)
    sandbox.control("PUT", "/clock", {"now": "2026-03-01T12:00:25Z"})

    page = look(sandbox, f"/inbox/mails/{mail_id}")

    times = [
        str(attributes["datetime"])[:19]
        for tag, attributes in page.elements
        if tag == "time" and attributes["datetime"]
    ]
    accepted, *changes, _written = times
    assert accepted == "2026-03-01T12:00:00"
    assert changes == ["2026-03-01T12:00:00", "2026-03-01T12:00:10", "2026-03-01T12:00:20"]
    assert "delivered" not in page.text


def test_a_subject_is_filled_in_with_its_variables(sandbox: RunningSandbox, api_key: str) -> None:
    template = {
        "slug": "hello",
        "subject": "Hello {{ name }}, {{greeting}} and {{nothing}}",
        "variables": [{"name": "name"}, {"name": "greeting", "defaultValue": "welcome"}],
    }
    sandbox.control("POST", "/templates", template)
    send(sandbox, api_key, templateId="hello", variables={"name": "{{greeting}}"})

    (row,) = look(sandbox, "/").rows()

    assert row["Subject"] == "Hello {{greeting}}, welcome and {{nothing}}"


def test_pages_are_turned_and_stay_while_mails_arrive(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})
    for number in range(120):
        send(sandbox, api_key, to=[{"email": f"n{number}@example.com"}])

    first = look(sandbox, "/")
    second = look(sandbox, first.link("older") or "")
    send(sandbox, api_key, to=[{"email": "late@example.com"}])
    third = look(sandbox, second.link("older") or "")
    again = look(sandbox, third.link("newer") or "")

    assert recipients(first) == [f"n{number}" for number in range(119, 69, -1)]
    assert recipients(second) == recipients(again) == [f"n{n}" for n in range(69, 19, -1)]
    assert recipients(third) == [f"n{number}" for number in range(19, -1, -1)]
    assert (first.link("newer"), third.link("older")) == (None, None)
    assert recipients(look(sandbox, again.link("newer") or ""))[0] == "n119"


def recipients(page: Document) -> list[str]:
    return [row["To"].partition("@")[0] for row in page.rows()]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("BOB@example", ["ada"]),
        ("blind@example.com", ["ada"]),
        ("copy@", ["ada"]),
        (RELAY_ID, ["ada"]),
        (RELAY_ID[:8], []),
        ("other@example.com", ["other"]),
        ("example.com", ["other", "ada"]),
        ("firstName", []),
        ("100%", []),
        ('"', []),
    ],
)
def test_mails_are_found_by_recipient_and_relay_id(
    sandbox: RunningSandbox, api_key: str, wanted: str, found: list[str]
) -> None:
    send(sandbox, api_key, **RICH)
    send(sandbox, api_key, to=[{"email": "other@example.com"}])

    page = look(sandbox, f"/?q={quote(wanted)}")

    assert recipients(page) == found


def test_a_mail_is_found_by_its_own_id(sandbox: RunningSandbox, api_key: str) -> None:
    mail_id = send(sandbox, api_key, **RICH)
    send(sandbox, api_key)

    assert len(look(sandbox, f"/?q={mail_id}").rows()) == 1


def test_mails_are_there_after_a_restart(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database) as sandbox:
        mail_id = send(sandbox, sandbox.mint_key(), **RICH)
    with RunningSandbox(database=database) as sandbox:
        assert look(sandbox, "/").link(f"mail-{mail_id}") == f"/inbox/mails/{mail_id}"


@pytest.mark.parametrize(
    ("address", "status", "text"),
    [
        ("/?before=x", 400, "before must be a whole number, 0 or more"),
        ("/?after=-1", 400, "after must be a whole number, 0 or more"),
        ("/?before=" + "9" * 40, 400, "before must be a whole number, 0 or more"),
        ("/?q=" + "a" * 321, 400, "look for at most 320 characters"),
        ("/inbox/mails/none", 404, "no mail of that id was accepted"),
        ("/inbox/mails/%3Cscript%3E", 404, "no mail of that id was accepted"),
        ("/inbox/requests?before=1.5", 400, "before must be a whole number, 0 or more"),
    ],
)
def test_a_bad_address_says_what_is_wrong(
    sandbox: RunningSandbox, address: str, status: int, text: str
) -> None:
    answer = sandbox.request("GET", address)

    assert answer.status == status
    assert text in Document(answer.body.decode()).text
