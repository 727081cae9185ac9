"""Text that others wrote, made harmless for a terminal and for people's privacy.

What stands in a queue was chosen by whoever may put messages there. Shown as it is, it could move
the cursor, recolour or overwrite what this command says, or, with marks of writing direction, show
one thing and mean another.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

ADDRESS_MASK = "<address>"

_ADDRESS = re.compile(r"[^\s@<>\"'(),:;=/|]+@[^\s@<>\"'(),:;=/|]+")
# Letters that are written from right to left reorder their neighbours in a table's row.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Marks that are drawn over the character before them, a whole screen high if there are enough.
_MARKS = frozenset({"Mn", "Mc", "Me"})


def printable(text: str) -> str:
    """The text on one line, with each character escaped that does more than stand there.

    Escaped, as in JSON: control characters with line breaks, invisible and formatting characters
    (zero width, direction), lone surrogates, unassigned ones, combining marks, and letters of
    scripts that run from right to left.
    """
    return "".join(character if _stands(character) else _escaped(character) for character in text)


def shortened(text: str, *, characters: int) -> str:
    """The text, cut with a visible sign."""
    return text if len(text) <= characters else f"{text[: characters - 3]}..."


def without_addresses(text: str) -> str:
    """The text with whatever looks like a mail address masked."""
    return _ADDRESS.sub(ADDRESS_MASK, text)


def printable_json(document: Any) -> str:
    """JSON for people and programs: ASCII only, nothing in it that a terminal acts on."""
    return json.dumps(document, indent=2, ensure_ascii=True)


def _stands(character: str) -> bool:
    return (character.isascii() and character.isprintable()) or _stands_beyond_ascii(character)


def _stands_beyond_ascii(character: str) -> bool:
    return (
        character.isprintable()
        and unicodedata.category(character) not in _MARKS
        and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
