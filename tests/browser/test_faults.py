"""The fault menu, as a person uses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sandbox.testing import RunningSandbox


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_a_fault_is_switched_on_and_off(
    open_context: Callable[..., BrowserContext],
    sandbox: RunningSandbox,
    api_key: str,
    with_script: bool,
) -> None:
    page = open_context(java_script_enabled=with_script).new_page()
    page.goto("/inbox/faults")
    page.get_by_label("Fault", exact=True).select_option("status")
    page.get_by_label("Its argument").fill("503")
    page.get_by_label("How often").fill("")
    page.get_by_role("button", name="Switch on").click()
    switched = page.get_by_role("row").filter(has_text="status:503")
    expect(switched).to_contain_text("until switched off")

    assert sandbox.send(api_key).status == 503

    switched.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("None: both providers behave.")).to_be_visible()
    assert sandbox.send(api_key).status == 201


def test_a_strike_is_counted_on_the_open_page(
    page: Page, sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("POST", "/faults", {"route": "POST /emails/send", "fault": "status:500"})
    page.goto("/inbox/faults")
    expect(page.get_by_text("0 of 0 calls struck")).to_be_visible()

    assert sandbox.send(api_key).status == 500

    expect(page.get_by_text("1 of 1 calls struck")).to_be_visible()
