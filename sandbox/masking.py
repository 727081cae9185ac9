"""Credentials never leave the sandbox by a log, the journal or an error text."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
_SECRET_HEADERS = frozenset({b"authorization", b"x-api-key", b"cookie", b"proxy-authorization"})
_CREDENTIALS = re.compile(
    r"(fm_sk_)[A-Za-z0-9_-]+|(eyJ)[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+|(key_)[A-Za-z0-9]{16,}"
    r"|(sandbox_pw_)[0-9a-f]+"
)


def mask_text(text: str) -> str:
    """The text with everything that looks like a key or a token replaced."""
    return _CREDENTIALS.sub(lambda match: f"{match[match.lastindex or 0]}{MASK}", text)


def mask_headers(raw_headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers for the journal: of a credential only its scheme stays."""
    return tuple(
        (
            name.decode("latin-1"),
            _scheme_only(value)
            if name.lower() in _SECRET_HEADERS
            else mask_text(value.decode("latin-1")),
        )
        for name, value in raw_headers
    )


def _scheme_only(value: bytes) -> str:
    scheme, separator, _rest = value.partition(b" ")
    if separator and scheme in (b"Bearer", b"JWT", b"Basic"):
        return f"{scheme.decode('ascii')} {MASK}"
    return MASK
