"""Ten thousand mails in a browser: pages are turned, searched, and a new mail still appears."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from sandbox.testing import RunningSandbox
from tests.support.many_mails import store_many_mails


@pytest.fixture
def full_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSandbox, str]]:
    database = tmp_path_factory.mktemp("many") / "state.db"
    api_key = store_many_mails(database)
    with RunningSandbox(database=str(database)) as sandbox:
        yield sandbox, api_key


def test_ten_thousand_mails_are_at_hand(
    browser: Browser, full_sandbox: tuple[RunningSandbox, str]
) -> None:
    sandbox, api_key = full_sandbox
    page = browser.new_page(base_url=sandbox.url)
    page.goto("/")
    rows = page.locator("#mails tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("customer-9999@example.com")
    page.get_by_role("link", name="Older").click()
    expect(rows.first).to_contain_text("customer-9949@example.com")
    page.get_by_role("link", name="Newest").click()

    sandbox.send(api_key, to=[{"email": "late@example.com"}])
    expect(rows.first).to_contain_text("late@example.com")
    expect(rows).to_have_count(50)

    page.get_by_label("Recipient").fill("relay-4711")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("customer-4711@example.com")
    page.close()
