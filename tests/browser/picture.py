"""`python -m tests.browser.picture`: draws docs/inbox.png, the inbox with mails of many kinds."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import expect

from sandbox.testing import RunningSandbox
from tests.support.browser import chromium

PICTURE = Path(__file__).parents[2] / "docs" / "inbox.png"
_SIZE = {"width": 1200, "height": 800}
_ORDER = "order-confirmation"
# Seconds before the picture, template, recipients, the rest of the mail.
_MAILS: list[tuple[float, str, list[str], dict[str, object]]] = [
    (3125, "welcome", ["ada@example.com"], {}),
    (2740, _ORDER, ["grace@example.com"], {}),
    (1981, "invoice", ["accounts@example.com", "cfo@example.com"], {"attachments": 2}),
    (1502, "password-reset", ["alan@example.org"], {}),
    (1203, _ORDER, ["barbara@example.net"], {"cc": 1}),
    (844, "welcome", ["left-us@example.com"], {}),
    (597, "digest", ["edsger@example.com"], {}),
    (410, "invoice", ["margaret@example.org"], {"attachments": 1}),
    (222, _ORDER, ["katherine@example.com"], {"key": "marketing"}),
    (97, "digest", ["donald@example.edu"], {"key": "marketing", "scheduled": True}),
    (31, "welcome", ["ما-هو@مثال.example", "jose@example.es"], {}),
    (8, "password-reset", ["hedy@example.at"], {}),
    (5, _ORDER, ["radia@example.com"], {}),
    (1, "invoice", ["frances@example.com"], {"attachments": 1}),
]
_TEMPLATES = (
    ("password-reset", "Choose a new password, {{firstName}}"),
    ("digest", "What was new in week {{week}}"),
)


def draw() -> None:
    """Send the mails to a sandbox of its own, and write the picture of its first page."""
    with RunningSandbox() as sandbox, chromium() as browser:
        _send_all(sandbox)
        page = browser.new_page(base_url=sandbox.url, viewport=_SIZE, color_scheme="light")
        page.goto("/")
        expect(page.locator("#connection")).to_have_text("Live")
        page.screenshot(path=PICTURE, full_page=True)


def _send_all(sandbox: RunningSandbox) -> None:
    knobs = {"status_step_seconds": 3, "suppressed": {"left-us@example.com": "unsubscribed"}}
    sandbox.control("PUT", "/profile", {"rate_limit": "off", **knobs})
    for slug, subject in _TEMPLATES:
        sandbox.control("POST", "/templates", {"slug": slug, "subject": subject})
    keys = {name: sandbox.mint_key(name=name) for name in ("shop", "marketing")}
    for number, (age_seconds, template, people, options) in enumerate(_MAILS):
        sandbox.control("PUT", "/clock", {"offset_seconds": -age_seconds})
        mail: dict[str, object] = {
            "templateId": template,
            "to": [{"email": address} for address in people],
            "variables": {"firstName": "Alan", "week": 12},
            "metadata": {"relayId": f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"},
            "attachments": [
                {"filename": f"{part}.pdf", "contentType": "application/pdf", "content": "YQ=="}
                for part in range(int(str(options.get("attachments", 0))))
            ],
        }
        if "cc" in options:
            mail["cc"] = [{"email": "warehouse@example.com"}]
        if "scheduled" in options:
            mail["scheduledAt"] = "2099-01-01T08:00:00Z"
        answer = sandbox.send(keys[str(options.get("key", "shop"))], **mail)
        if answer.status != 201:
            raise RuntimeError(f"mail {number}: {answer.body.decode()}")
    sandbox.control("PUT", "/clock", {"offset_seconds": 0})


def main() -> int:
    """The exit status: 0 when there is a picture."""
    try:
        draw()
    except FileNotFoundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"  inbox: {PICTURE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
