"""Nothing that a mail, a key or a request brings along becomes markup, script or style."""

from __future__ import annotations

import pytest

from sandbox.testing import RunningSandbox, bearer
from tests.contract.sandbox.inbox_reader import Document, look, post

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></textarea><svg onload=alert(1)>",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGES = ("/", "/inbox/keys", "/inbox/usage", "/inbox/faults", "/inbox/requests")


@pytest.fixture
def hostile_mail(sandbox: RunningSandbox) -> str:
    """The address of a mail that is hostile wherever the provider lets it be."""
    text = "".join(HOSTILE)
    sandbox.control(
        "POST", "/templates", {"slug": "bad", "name": HOSTILE[0], "subject": text[:200]}
    )
    api_key = sandbox.mint_key(name=HOSTILE[1])
    answer = sandbox.send(
        api_key,
        templateId="bad",
        to=[{"email": "ada@example.com", "name": text}],
        variables={text: text},
        fromName=text,
        metadata={"relayId": text, text: text},
        attachments=[
            {"filename": text, "contentType": text, "content": ""},
            {"filename": text, "url": f"javascript:{text}"},
            {"type": "pdf", "templateId": text},
        ],
    )
    assert answer.status == 201, answer.body
    hostile = {**bearer(api_key), "X-Odd": HOSTILE[0], "User-Agent": HOSTILE[1]}
    sandbox.request("GET", "/api/emails/%3Cscript%3E?q=%22%3E<b>", headers=hostile)
    return f"/inbox/mails/{answer.json()['data']['id']}"


def test_hostile_contents_are_text_on_every_page(
    sandbox: RunningSandbox, hostile_mail: str
) -> None:
    allowed = {"/inbox/static/inbox.js"}
    for address in (*PAGES, hostile_mail, "/?q=%22%3E%3Cscript%3E"):
        page = look(sandbox, address)
        scripts = {attributes.get("src") for tag, attributes in page.elements if tag == "script"}
        names = {name for _, attributes in page.elements for name in attributes}
        links = [str(attributes.get("href", "/")) for _, attributes in page.elements]

        assert scripts == allowed, address
        assert not {tag for tag, _ in page.elements} & {"img", "svg", "b", "style", "iframe"}
        assert not [name for name in names if name.startswith("on") or name == "style"], address
        assert all(link.startswith(("/", "#")) for link in links), address


def test_hostile_contents_are_readable_as_they_are(
    sandbox: RunningSandbox, hostile_mail: str
) -> None:
    assert look(sandbox, hostile_mail).text.count("".join(HOSTILE)) >= 8


def test_what_would_hide_or_turn_text_is_spelt_out(sandbox: RunningSandbox, api_key: str) -> None:
    text = "a\u202eb\u200bc\x00d\x1b[31me\ud800f\u2028g\u00adh"
    mail_id = sandbox.send(api_key, variables={"firstName": text}).json()["data"]["id"]

    shown = look(sandbox, f"/inbox/mails/{mail_id}").text

    assert "a⟨U+202E⟩b⟨U+200B⟩c⟨U+0000⟩d⟨U+001B⟩[31me⟨U+D800⟩f⟨U+2028⟩g⟨U+00AD⟩h" in shown


def test_a_huge_value_is_cut_and_says_so(sandbox: RunningSandbox, api_key: str) -> None:
    mail_id = sandbox.send(api_key, variables={"firstName": "x" * 1_000_000}).json()["data"]["id"]

    page = look(sandbox, f"/inbox/mails/{mail_id}")

    assert "x" * 20_000 + " … and 980,000 characters more" in page.text
    assert len(page.html) < 40_000


@pytest.mark.parametrize(
    ("method", "address"),
    [
        *(("GET", address) for address in PAGES),
        ("GET", "/?before=x"),
        ("GET", "/inbox/mails/none"),
        ("GET", "/inbox/static/inbox.css"),
        ("GET", "/inbox/static/inbox.js"),
        ("POST", "/inbox/faults"),
        ("POST", "/inbox/faults/off"),
    ],
)
def test_every_answer_has_the_strict_headers(
    sandbox: RunningSandbox, method: str, address: str
) -> None:
    answer = sandbox.request(method, address)

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "["},
    ],
    ids=str,
)
@pytest.mark.parametrize("address", ["/inbox/faults", "/inbox/faults/off", "/inbox/faults/1/off"])
def test_a_form_of_somebody_elses_changes_nothing(
    sandbox: RunningSandbox, address: str, headers: dict[str, str]
) -> None:
    sandbox.control("POST", "/faults", {"route": "GET /me", "fault": "empty"})
    before = sandbox.control("GET", "/faults")

    answer = post(sandbox, address, "route=GET+%2Fme&kind=empty", **headers)

    assert answer.status == 403
    assert "from the inbox's own pages only" in Document(answer.body.decode()).text
    assert sandbox.control("GET", "/faults") == before


def test_an_unknown_encoding_is_the_callers_mistake(sandbox: RunningSandbox) -> None:
    odd = {"Content-Type": "application/x-www-form-urlencoded; charset=none"}

    answer = sandbox.request("POST", "/inbox/faults", body=b"kind=\xff", headers=odd)

    assert answer.status == 400
    assert "the form can't be read" in Document(answer.body.decode()).text


@pytest.mark.parametrize(
    "address",
    [
        "/?q=%ff",
        "/?q=%ed%a0%80",
        "/?q=%00",
        "/?q='%20OR%201=1--",
        "/?q=a&q=b",
        "/?before=1&after=1",
        "/inbox/mails/%ff",
        "/inbox/mails/%00",
        "/inbox/mails/%2e%2e",
        "/inbox/static/%2e%2e/door.py",
        "/inbox/static/../door.py",
        "/inbox/faults/x/off",
        "/inbox/",
        "/inboxes",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_odd_addresses_never_break_the_inbox(
    sandbox: RunningSandbox, api_key: str, method: str, address: str
) -> None:
    sandbox.send(api_key)

    answer = sandbox.request(method, address)

    assert answer.status in (200, 400, 404)
    assert b"Traceback" not in answer.body
