"""Hostile contents run nothing: the pages' fixture fails on a dialog, an error, a violation."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from sandbox.testing import RunningSandbox, bearer

HOSTILE = (
    "<script>alert(1)</script>"
    '"><img src=x onerror=alert(2)>'
    "' autofocus onfocus='alert(3)"
    "</title></textarea><svg/onload=alert(4)>"
    "<style>*{display:none}</style><iframe srcdoc='<script>alert(5)</script>'></iframe>"
    "javascript:alert(6)\u202egnp.exe\u0000\u001b[2J"
)


def test_hostile_contents_are_shown_and_run_nothing(page: Page, sandbox: RunningSandbox) -> None:
    printable = "".join(character for character in HOSTILE if character.isprintable())
    template = {"slug": "bad", "name": printable[:200], "subject": printable[:200]}
    sandbox.control("POST", "/templates", template)
    api_key = sandbox.mint_key(name=printable[:200])
    page.goto("/")
    answer = sandbox.send(
        api_key,
        templateId="bad",
        to=[{"email": "ada@example.com", "name": printable}],
        variables={HOSTILE: HOSTILE, "html": [HOSTILE]},
        metadata={"relayId": HOSTILE},
        attachments=[{"filename": printable, "contentType": HOSTILE, "url": HOSTILE}],
    )
    assert answer.status == 201, answer.body
    mail_id = answer.json()["data"]["id"]
    hostile_headers = {**bearer(api_key), "User-Agent": printable}
    sandbox.request("GET", "/api/%3Cscript%3Ealert(7)%3C/script%3E", headers=hostile_headers)
    expect(page.locator(f"#mail-{mail_id}")).to_be_visible()

    for address in (
        "/",
        f"/inbox/mails/{mail_id}",
        "/inbox/keys",
        "/inbox/usage",
        "/inbox/requests",
        "/inbox/faults",
        "/?q=%22%3E%3Cscript%3Ealert(8)%3C/script%3E",
    ):
        page.goto(address)
        expect(page.get_by_role("main")).to_be_visible()
        assert page.locator("script").count() == 1
        assert page.locator("main :is(script, img, svg, style, iframe)").count() == 0

    page.goto(f"/inbox/mails/{mail_id}")
    expect(page.get_by_role("main")).to_contain_text("javascript:alert(6)⟨U+202E⟩gnp.exe⟨U+0000⟩")


def test_the_policy_stops_what_would_get_through(browser: Browser, sandbox: RunningSandbox) -> None:
    """Were something not escaped, the browser would still refuse to run it."""
    page = browser.new_page()
    page.goto(sandbox.url)
    ran = page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) =>
            resolve([window.ran ?? "nothing ran", event.effectiveDirective]));
          const script = document.createElement("script");
          script.textContent = "window.ran = 'it ran'";
          document.body.append(script);
        })"""
    )

    page.close()
    assert ran == ["nothing ran", "script-src-elem"]
