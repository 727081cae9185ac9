"""The system's own Chromium, headless, on a profile that is thrown away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = "no browser here: the inbox page is tried in `chromium`, which is not on the PATH"
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def has_chromium() -> bool:
    """Whether there is one to start."""
    return shutil.which("chromium") is not None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; at the end it is stopped.

    Raises:
        FileNotFoundError: There is none.
    """
    executable = shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
