"""Keeping secrets out of everything that is written down."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NoReturn

MASK = "***"

# A salt of our own, so that the fingerprint of a key cannot be looked up in a table of hashes.
# Fixed, so that one key has one fingerprint in the logs of every function.
_SALT = b"formarelay key"
_SHAPES = re.compile(
    r"fm_sk_[A-Za-z0-9_-]+"  # the seed: Forma Mail's API keys
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"  # JWTs: base64 of `{"`
)


class Secret:
    """A text that shows itself only through `reveal()`.

    `repr`, `str` and formatting give a fingerprint instead. It cannot be pickled, and JSON
    encoders refuse it. Equal when the texts are equal.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; only for the place that puts it into a request."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({fingerprint(self)})"

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._text), _bytes(other._text))

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not to be pickled")


def fingerprint(secret: Secret | str) -> str:
    """Eight hex digits that tell one secret from another and reveal nothing of it."""
    text = secret.reveal() if isinstance(secret, Secret) else secret
    return hashlib.blake2b(_bytes(text), digest_size=4, key=_SALT).hexdigest()


def mask(text: str, *secrets: Secret | str) -> str:
    """The text with every given secret, and whatever looks like a key or a token, replaced.

    Longer secrets go first, so that one which contains another leaves no rest.
    """
    revealed = (item.reveal() if isinstance(item, Secret) else item for item in secrets)
    for secret in sorted(filter(None, revealed), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _SHAPES.sub(MASK, text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
