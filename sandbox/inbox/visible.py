"""Untrusted text as a person can judge it: what would hide or turn it around is spelt out."""

from __future__ import annotations

import unicodedata

_LONGEST_TEXT = 20_000
_KEPT = "\n\t"


def visible(text: str) -> str:
    """The text with every control and formatting character replaced by its code point.

    Line ends and tabs stay; a very long text is cut, and says so.
    """
    shown = text[:_LONGEST_TEXT]
    if not shown.isprintable():
        shown = "".join(_visible_character(character) for character in shown)
    left = len(text) - _LONGEST_TEXT
    return f"{shown} … and {left:,} characters more" if left > 0 else shown


def _visible_character(character: str) -> str:
    if character.isprintable() or character in _KEPT or unicodedata.category(character) == "Zs":
        return character
    return f"⟨U+{ord(character):04X}⟩"
