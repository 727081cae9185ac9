"""Every page can be used by the keyboard alone, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sandbox.testing import RunningSandbox

PAGES = ("/", "/inbox/keys", "/inbox/usage", "/inbox/faults", "/inbox/requests")
LONG = "x" * 200
_FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return { id: document.activeElement.id, text: document.activeElement.innerText,
           outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth) };
}"""
_CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!colour.endsWith(", 0)")) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.innerText?.trim() && element.checkVisibility())
    .map((element) => {
      const [low, high] = [light(getComputedStyle(element).color), light(ground(element))].sort(
        (one, other) => one - other);
      return [(high + 0.05) / (low + 0.05), element.outerHTML.slice(0, 80)];
    });
}"""


@pytest.fixture
def mail_id(sandbox: RunningSandbox, api_key: str) -> str:
    """A mail whose every text is long and has no place to break."""
    answer = sandbox.send(
        api_key,
        to=[{"email": f"{LONG[:60]}@example.com", "name": LONG}],
        variables={LONG: LONG},
        metadata={"relayId": LONG},
        attachments=[{"filename": LONG, "contentType": LONG, "content": ""}],
    )
    sandbox.mint_key(name=LONG)
    sandbox.control("POST", "/faults", {"route": "GET /me", "fault": f"retry_after:{LONG}"})
    sandbox.request("GET", f"/api/{LONG}?{LONG}")
    return str(answer.json()["data"]["id"])


def press_until(page: Page, found: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Press Tab until something is focused; every stop on the way must show that it is."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focus: dict[str, str] = page.evaluate(_FOCUS)
        assert float(focus["outline"]) >= 2, focus
        if found(focus):
            return focus
    raise AssertionError("the keyboard never got there")


def test_the_keyboard_alone_reaches_and_does_everything(
    page: Page, sandbox: RunningSandbox, api_key: str
) -> None:
    mail = sandbox.send(api_key).json()["data"]["id"]
    page.goto("/")

    focus = press_until(page, lambda _: True)
    assert focus["text"] == "Skip to the content"
    page.keyboard.press("Enter")
    press_until(page, lambda focus: focus["id"] == "q")
    page.keyboard.type("nobody@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No mail fits")).to_be_visible()
    page.go_back()

    press_until(page, lambda focus: focus["id"] == f"mail-{mail}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome aboard")).to_be_visible()

    press_until(page, lambda focus: focus["text"] == "Faults")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Faults")).to_be_visible()
    press_until(page, lambda focus: focus["id"] == "kind")
    page.keyboard.type("status")
    press_until(page, lambda focus: focus["id"] == "argument")
    page.keyboard.type("503")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="status:503")).to_be_visible()
    assert sandbox.send(api_key).status == 503

    press_until(page, lambda focus: focus["id"].startswith("off-"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("None: both providers behave.")).to_be_visible()


def test_an_update_does_not_take_the_focus_away(
    page: Page, sandbox: RunningSandbox, api_key: str
) -> None:
    mail = sandbox.send(api_key).json()["data"]["id"]
    page.goto("/")
    press_until(page, lambda focus: focus["id"] == f"mail-{mail}")

    sandbox.send(api_key, to=[{"email": "next@example.com"}])
    expect(page.get_by_text("next@example.com")).to_be_visible()

    assert page.evaluate(_FOCUS)["id"] == f"mail-{mail}"


def test_a_narrow_phone_never_scrolls_sideways(
    open_context: Callable[..., BrowserContext], mail_id: str
) -> None:
    page = open_context(viewport={"width": 360, "height": 740}).new_page()
    for address in (*PAGES, f"/inbox/mails/{mail_id}", f"/?q={LONG}"):
        page.goto(address)
        for summary in page.locator("summary").all():
            summary.click()
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")

        assert widths[0] <= widths[1] == 360, address
        cells = page.locator("td").evaluate_all("cells => cells.map((cell) => cell.clientWidth)")
        assert min(cells, default=360) > 250, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(
    open_context: Callable[..., BrowserContext], mail_id: str, scheme: str
) -> None:
    page = open_context(color_scheme=scheme).new_page()
    for address in (*PAGES, f"/inbox/mails/{mail_id}", "/?q=nobody"):
        page.goto(address)
        contrasts = page.evaluate(_CONTRASTS)

        assert len(contrasts) > 10
        assert [item for item in contrasts if item[0] < 4.5] == [], address


def test_landmarks_and_titles_tell_the_pages_apart(page: Page, mail_id: str) -> None:
    titles = set()
    for address in (*PAGES, f"/inbox/mails/{mail_id}"):
        page.goto(address)
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        titles.add(page.title())

    assert len(titles) == 6
