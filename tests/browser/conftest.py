"""One headless Chromium for each file of tests, and pages that fail a test by their complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from sandbox.testing import RunningSandbox
from tests.support.browser import MISSING, chromium, has_chromium

# A machine that is busy with other tests is no reason to fail.
PATIENCE_MS = 30_000
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""


# Of a file, not of the session: its driver keeps an event loop, and tests of other files in the
# same process would find it running.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium on a profile of its own."""
    if not has_chromium():
        pytest.skip(MISSING)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(module_sandbox: RunningSandbox) -> RunningSandbox:
    """As new, and without a rate limit."""
    module_sandbox.control("POST", "/reset")
    module_sandbox.control("PUT", "/profile", {"rate_limit": "off"})
    return module_sandbox


@pytest.fixture
def api_key(sandbox: RunningSandbox) -> str:
    return sandbox.mint_key(name="shop")


@pytest.fixture
def open_context(
    browser: Browser, sandbox: RunningSandbox
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts with the given options. At the end, no page of theirs may have opened a
    dialog, written an error to its console, broken the policy or thrown."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: complaints.append(f"thrown: {error}"))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )

    def create(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=sandbox.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("page", watch)
        contexts.append(context)
        return context

    yield create
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a desktop's size."""
    return open_context(viewport={"width": 1200, "height": 900}).new_page()
