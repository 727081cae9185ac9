"""Finds numbers of use and their limits in an answer whose shape no document gives.

Formaloo promises that its usage calls say how much of each resource is available and how much is
consumed, and leaves open how. So the whole answer is searched for numbers whose names say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from formarelay.retry import number_from

_USED = ("used", "usage", "consumed", "count")
# Best first: beside a limit, `available` is what is left; alone it is all that was promised.
_LIMIT = ("limit", "quota", "max", "total", "available")
_NAMES = ("resource", "slug", "key", "name", "type", "title")
# An object with one of these describes a page of a list: its `count` is not of use.
_PAGING = frozenset({"page", "page_size", "page_count", "current_page", "next", "previous"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
# Names become dimensions of metrics, which are billed by the name.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}")
_DEEPEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePair:
    """One resource's use and limit.

    Args:
        resource: Its name in the answer; empty when the answer gives none that is safe to show.
        used: Never negative.
        limit: None when the answer names a limit but gives no number for it, as for an unlimited
            plan. Unknown is not zero.
        limit_name: The word that the limit stood under. `available` may mean what is left.
        path: Where the numbers stand, as `data.usage.0`; tells apart resources of one name.
    """

    resource: str
    used: float
    limit: float | None
    limit_name: str
    path: str


def find_usage_pairs(raw: object) -> tuple[UsagePair, ...]:
    """Every pair in the document, in its order; none is made up.

    A pair is a number under `used`, `usage`, `consumed` or `count` beside a `limit`, `quota`,
    `max`, `total` or `available` in the same object, alone (`used`, `limit`) or with the same words
    around them (`rows_used`, `rowsLimit`). Numbers may be digits in a text; negative ones count as
    none.

    Args:
        raw: Decoded JSON, the envelope included or not.
    """
    return tuple(_walk(raw, (), 0))


def _walk(node: object, path: tuple[str, ...], depth: int) -> Iterator[UsagePair]:
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        yield from _pairs_of(node, path)
        children = [(str(key), value) for key, value in node.items()]
    elif isinstance(node, list):
        children = [(str(position), value) for position, value in enumerate(node)]
    else:
        return
    for key, value in children:
        yield from _walk(value, (*path, key), depth + 1)


def _pairs_of(node: Mapping[object, object], path: tuple[str, ...]) -> Iterator[UsagePair]:
    if not _PAGING.isdisjoint(str(key) for key in node):
        return
    used, limits = _by_stem(node, _USED), _by_stem(node, _LIMIT)
    for stem, (_, used_value) in used.items():
        number = number_from(used_value)
        if number is None or stem not in limits:
            continue
        limit_name, limit_value = limits[stem]
        yield UsagePair(
            resource=stem or _name_of(node, path),
            used=number,
            limit=number_from(limit_value),
            limit_name=limit_name,
            path=".".join(path),
        )


def _by_stem(
    node: Mapping[object, object], words: tuple[str, ...]
) -> dict[str, tuple[str, object]]:
    """The best of `words` for each stem: what is left of a name when that word is taken out."""
    found: dict[str, tuple[str, object]] = {}
    for key, value in node.items():
        parts = [part.lower() for part in _WORD.findall(str(key))]
        # With a word of each kind, as in `total_count`, nobody can say which it is.
        known = [part for part in parts if part in _USED or part in _LIMIT]
        if len(known) != 1 or known[0] not in words:
            continue
        stem = "_".join(part for part in parts if part != known[0])
        if stem not in found or words.index(known[0]) < words.index(found[stem][0]):
            found[stem] = (known[0], value)
    return found


def _name_of(node: Mapping[object, object], path: tuple[str, ...]) -> str:
    candidates = [node.get(name) for name in _NAMES]
    candidates += [key for key in reversed(path) if not key.isdigit()]
    for candidate in candidates:
        if isinstance(candidate, str) and _SAFE_NAME.fullmatch(candidate):
            return candidate
    return ""
