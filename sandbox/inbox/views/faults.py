"""The menu of faults: what is switched on, and the forms that switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.fault_menu import MENU
from sandbox.inbox.page import InboxError, Page
from sandbox.knobs import KnobError
from sandbox.world import World

_ADDRESS = "/inbox/faults"
_FRESH = {"route": "POST /emails/send", "kind": "", "argument": "", "times": "1"}
_COUNTS = ("skip", "every")


@dataclass(frozen=True, slots=True)
class FaultViews:
    """Shows and changes the fault script, the same that the control interface has."""

    world: World

    def show_menu(self, *, given: Mapping[str, str] | None = None, problem: str = "") -> Page:
        """`/inbox/faults`: with a problem, the form holds what was given."""
        script = self.world.faults
        values = {
            "rules": script.rules,
            "menu": MENU,
            "routes": script.known_routes(),
            "given": {**_FRESH, "skip": "0", "every": "1", **(given or {})},
            "problem": problem,
        }
        return Page("faults.html", _ADDRESS, values, 400 if problem else 200)

    def switch_on(self, form: Mapping[str, str]) -> Page | str:
        """`POST /inbox/faults`: where to go next, or the form again with what is wrong."""
        try:
            times = form.get("times", "").strip()
            self.world.faults.add(
                {
                    "route": form.get("route", ""),
                    "fault": _fault_text(form),
                    "times": _count(times, "how often") if times else None,
                    **{name: _count(form[name], name) for name in _COUNTS if form.get(name)},
                }
            )
        except KnobError as error:
            return self.show_menu(given=form, problem=str(error))
        return _ADDRESS

    def switch_off(self, number: str) -> str:
        """`POST /inbox/faults/{number}/off`."""
        if not number.isdecimal() or not self.world.faults.remove(int(number[:12])):
            raise InboxError("that fault is switched off already", status=404)
        return _ADDRESS

    def switch_all_off(self) -> str:
        """`POST /inbox/faults/off`."""
        self.world.faults.clear()
        return _ADDRESS


def _fault_text(form: Mapping[str, str]) -> str:
    name, argument = form.get("kind", ""), form.get("argument", "").strip()
    kind = MENU.get(name)
    if argument or (kind is not None and kind.check is not None and kind.default is None):
        return f"{name}:{argument}"
    return name


def _count(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise KnobError(f"{name} must be a whole number")
    return int(text)
