"""What happens in the sandbox appears on the open page, without a reload."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from sandbox.testing import RunningSandbox
from tests.browser.conftest import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)


def open_live(page: Page, address: str) -> None:
    """Open a page, wait until it listens, and leave a mark that a reload would wipe out."""
    page.goto(address)
    expect(page.locator("#connection")).to_have_text("Live")
    page.evaluate("window.mark = 'still the same page'")


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("window.mark") == "still the same page"


def test_a_sent_mail_appears_and_opens(page: Page, sandbox: RunningSandbox, api_key: str) -> None:
    open_live(page, "/")
    expect(page.get_by_text("No mail was accepted yet")).to_be_visible()

    sandbox.send(
        api_key,
        templateId="order-confirmation",
        to=[{"email": "ada@example.com", "name": "Ada"}],
        cc=[{"email": "copy@example.com"}],
        variables={"firstName": "Ada", "orderNumber": "A-1001"},
        metadata={"relayId": "relay-4711"},
        attachments=[
            {"filename": "terms.pdf", "contentType": "application/pdf", "content": "YWJj"}
        ],
    )

    row = page.get_by_role("row").filter(has_text="ada@example.com")
    expect(row).to_contain_text("Your order")
    expect(row).to_contain_text("relay-4711")
    # The clock alone moves the status on; the page follows it by itself.
    expect(row).to_contain_text("delivered")
    assert_not_reloaded(page)
    row.get_by_role("link").click()
    main = page.get_by_role("main")
    for text in ("A-1001", "copy@example.com", "shop", "relay-4711", "terms.pdf", "3 bytes"):
        expect(main).to_contain_text(text)
    expect(main.get_by_role("listitem").filter(has_text="delivered")).to_be_visible()


def test_updates_are_put_together(page: Page, sandbox: RunningSandbox, api_key: str) -> None:
    """A flood of mails makes a page ask a few times a second and no more."""
    open_live(page, "/")
    asked: list[float] = []
    page.on(
        "request",
        lambda request: asked.append(time.monotonic()) if request.url.endswith("/") else None,
    )
    started = time.monotonic()

    for number in range(150):
        sandbox.send(api_key, to=[{"email": f"n{number}@example.com"}])

    expect(page.get_by_text("150 accepted")).to_be_visible()
    expect(page.get_by_text("n149@example.com")).to_be_visible()
    seconds = time.monotonic() - started
    # Every 0.3 seconds at most, and one for each end of the time measured.
    assert 1 <= len(asked) <= seconds / 0.3 + 2
    assert_not_reloaded(page)


def test_other_pages_live_too(page: Page, sandbox: RunningSandbox, api_key: str) -> None:
    open_live(page, "/inbox/keys")
    last_used = page.locator("td[data-label='Last used']")
    expect(last_used).to_have_text("never")
    sandbox.send(api_key)
    expect(last_used).not_to_have_text("never")
    assert_not_reloaded(page)

    open_live(page, "/inbox/requests")
    sandbox.request("GET", "/api/somewhere")
    expect(page.get_by_text("GET /api/somewhere")).to_be_visible()
    assert_not_reloaded(page)

    open_live(page, "/inbox/usage")
    expect(page.get_by_text("1 used of 1,000,000")).to_be_visible()
    sandbox.send(api_key)
    expect(page.get_by_text("2 used of 1,000,000")).to_be_visible()
    assert_not_reloaded(page)


def test_what_is_being_read_stays(page: Page, sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.request("GET", "/api/first")
    open_live(page, "/inbox/requests")
    page.get_by_text("GET /api/first").click()
    expect(page.get_by_text("Host: 127.0.0.1")).to_be_visible()

    with page.expect_response("**/inbox/requests"):
        sandbox.request("GET", "/api/second")
    page.evaluate("new Promise(requestAnimationFrame)")

    expect(page.get_by_text("Host: 127.0.0.1")).to_be_visible()
    page.get_by_text("GET /api/first").click()
    sandbox.request("GET", "/api/third")
    expect(page.get_by_text("GET /api/third")).to_be_visible()


def test_a_stopped_sandbox_is_told(page: Page) -> None:
    with RunningSandbox() as own:
        page.goto(own.url)
        expect(page.locator("#connection")).to_have_text("Live")
        assert own.stop() == (0, "")
        expect(page.locator("#connection")).to_contain_text("Not connected")


def test_a_page_in_the_background_catches_up_when_it_is_looked_at(
    page: Page, sandbox: RunningSandbox, api_key: str
) -> None:
    open_live(page, "/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))"""
    )
    sandbox.send(api_key)
    with RunningSandbox() as other:
        # As long as it takes another sandbox to start, which is many intervals.
        other.control("GET", "/health")
    assert asked == []

    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_text("1 accepted")).to_be_visible()
    assert_not_reloaded(page)
