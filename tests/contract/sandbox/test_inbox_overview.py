"""Keys, rate limit, usage and the journal, as the inbox shows them."""

from __future__ import annotations

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.inbox_reader import Document, look


def test_keys_show_permissions_status_and_last_use(sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "/clock", {"now": "2026-03-01T12:00:00Z"})
    sender = sandbox.mint_key(name="sender", permissions=["emails:send"])
    sandbox.mint_key(name="old", permissions=[], expiresAt="2026-03-01T12:00:30Z")
    sandbox.mint_key(name="dead")
    keys = {key["name"]: key for key in sandbox.control("GET", "/keys")["keys"]}
    sandbox.control("POST", f"/keys/{keys['dead']['id']}/revoke")
    sandbox.control("PUT", "/clock", {"now": "2026-03-01T12:01:00Z"})
    sandbox.send(sender)

    page = look(sandbox, "/inbox/keys")
    dead, old, used = page.rows()

    assert used["Name"] == f"sender {keys['sender']['id']}"
    assert (used["Permissions"], used["Status"]) == ("emails:send", "active")
    assert used["Last used"].startswith("2026-03-01 12:01:0")
    assert (old["Permissions"], old["Status"], old["Last used"]) == ("none", "expired", "never")
    assert (dead["Status"], dead["Left to send"]) == ("revoked", "none")
    assert sender not in page.html


def test_the_gauge_shows_what_is_left_and_takes_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 10})
    for _ in range(3):
        sandbox.send(api_key)

    shown = [look(sandbox, "/inbox/keys").rows()[0]["Left to send"] for _ in range(5)]

    assert {text.partition(" full")[0] for text in shown} == {"7 of 10"}
    assert meters(look(sandbox, "/inbox/keys")) == [("7", "10")]


def test_without_a_rate_limit_there_is_no_gauge(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})

    page = look(sandbox, "/inbox/keys")

    assert page.rows()[0]["Left to send"] == "not limited"
    assert meters(page) == []


def meters(page: Document) -> list[tuple[str | None, str | None]]:
    return [(item["value"], item["max"]) for tag, item in page.elements if tag == "meter"]


def test_usage_of_both_providers(sandbox: RunningSandbox, api_key: str) -> None:
    knobs = {"quota_limit": 1000, "usage_offset": 40, "formaloo_record_limit": 50}
    sandbox.control("PUT", "/profile", knobs)
    sandbox.send(api_key, to=[{"email": "a@example.com"}, {"email": "b@example.com"}])

    page = look(sandbox, "/inbox/usage")

    assert "Mails 42 used of 1,000" in page.text
    assert "Generated attachments 0 used of 100,000" in page.text
    assert "Submissions 3 used of 10,000" in page.text
    assert "Records 3 used of 50" in page.text
    assert meters(page) == [("958", "1000"), ("100000", "100000"), ("9997", "10000"), ("47", "50")]


def test_spoilt_usage_answers_are_told_from_the_true_figures(sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "/profile", {"usage_nonsense": "negative", "quota_limit": 0})

    text = look(sandbox, "/inbox/usage").text

    assert "what is answered differs, by usage_nonsense." in text
    assert "Mails 0 used of 0" in text


def test_the_journal_is_masked_and_names_key_and_fault(sandbox: RunningSandbox) -> None:
    api_key = sandbox.mint_key(name="shop")
    sandbox.control("POST", "/faults", {"route": "POST /emails/send", "fault": "status:503"})
    sandbox.send(api_key)
    sandbox.request("GET", f"/api/emails?recipient=a@b.co&key={api_key}")

    page = look(sandbox, "/inbox/requests")
    read, sent = page.rows()

    assert (sent["Answer"], sent["Key"], sent["Fault"]) == ("503", "none", "status:503")
    assert sent["Request"].startswith("POST /api/emails/send Host: ")
    assert "Authorization: Bearer ***" in sent["Request"]
    assert read["Request"].startswith("GET /api/emails?recipient=a@b.co&key=fm_sk_*** ")
    assert read["Answer"] == "401"
    assert api_key not in page.html


def test_the_journal_is_turned_page_by_page(sandbox: RunningSandbox) -> None:
    for number in range(120):
        sandbox.request("GET", f"/api/none/{number}")

    first = look(sandbox, "/inbox/requests")
    second = look(sandbox, first.link("older") or "")
    third = look(sandbox, second.link("older") or "")

    assert numbers(first) == list(range(119, 69, -1))
    assert numbers(second) == list(range(69, 19, -1))
    assert numbers(third) == list(range(19, -1, -1))
    assert numbers(look(sandbox, third.link("newer") or "")) == numbers(second)
    assert (first.link("newer"), third.link("older")) == (None, None)


def numbers(page: Document) -> list[int]:
    return [int(row["Request"].split()[1].rpartition("/")[2]) for row in page.rows()]


def test_looking_is_no_request_to_a_provider(sandbox: RunningSandbox) -> None:
    for address in ("/", "/inbox/keys", "/inbox/usage", "/inbox/faults", "/inbox/requests"):
        look(sandbox, address)

    assert sandbox.control("GET", "/requests")["total"] == 0
