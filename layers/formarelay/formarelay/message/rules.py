"""Rules for single texts: what may stand in an address, a header, a tag, a file name.

Each rule is one regular expression in the dialect that Python and ECMA-262 share, so that the
published schema states the same rule that the code enforces.

Texts that can end up in a header of the mail are refused, never cleaned, when they hold a control
character: CR or LF starts a new header, NUL ends a text early, NEL, U+2028 and U+2029 are line
ends to some parsers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

import msgspec

from formarelay.message import limits
from formarelay.message.reasons import Reason, malformed

_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
# White space, and characters that show nothing: `user@example.com` with a zero-width space inside
# looks like the address it is not.
_INVISIBLE = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb" + "\U000e0000-\U000e0fff"
)
_find_control = re.compile(f"[{_CONTROL}]").search


class TextRule(msgspec.Struct, frozen=True, dict=True):
    """One kind of text.

    Args:
        pattern: What the whole text must match.
        sentence: The rule in words, for the error's detail and the schema's description.
        longest: Most characters.
        shortest: Fewest characters.
    """

    pattern: str
    sentence: str
    longest: int
    shortest: int = 1

    def meta(self) -> msgspec.Meta:
        """The lengths for the decoder, and the whole rule for the schema."""
        # A plain `$` lets Python's validators accept one line feed at the end.
        anchored = f"^(?:{self.pattern})$(?!\\n)"
        return msgspec.Meta(
            min_length=self.shortest or None,
            max_length=self.longest,
            description=self.sentence,
            extra_json_schema={"pattern": anchored},
        )

    @cached_property
    def _match(self) -> Callable[[str], re.Match[str] | None]:
        # Compiled when a message first needs it: together these cost a cold start 2 ms.
        return re.compile(self.pattern).fullmatch

    def check(self, text: str, *path: str | int) -> None:
        """Raises `MalformedMessageError` when `text`, found at `path`, breaks the rule."""
        if not text.isprintable() and _find_control(text):
            raise malformed(
                Reason.CONTROL_CHARACTER, joined(path), "must hold no control character or line end"
            )
        if self._match(text) is None:
            raise malformed(Reason.INVALID_VALUE, joined(path), self.sentence)


def joined(path: tuple[str | int, ...]) -> str:
    """`("to", 0, "email")` as `to[0].email`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


# Letters beyond ASCII are left to the provider: internationalised addresses (RFC 6531) are real.
# So are local parts that break the RFC's rules on dots. Specials of RFC 5322 outside quotes are
# not: they are how one address becomes two.
_ATOM = r'[^"(),:;<>@\[\]\\]+'
_QUOTED = r'"(?:[^"\\]|\\.)+"'
_LABEL = r'[^"(),:;<>@\[\]\\.]+'

ADDRESS = TextRule(
    rf"(?!.*[{_INVISIBLE}])(?:{_ATOM}|{_QUOTED})@{_LABEL}(?:\.{_LABEL})*",
    "must be one plain address, local@domain, without spaces or invisible characters",
    limits.MAX_ADDRESS_CHARACTERS,
    3,
)
LINE = TextRule(
    f"[^{_CONTROL}]*",
    "must be one line without control characters",
    limits.MAX_LINE_CHARACTERS,
    0,
)
IDENTIFIER = TextRule(
    f"[^{_INVISIBLE}]+",
    "must be without spaces and invisible characters",
    limits.MAX_IDENTIFIER_CHARACTERS,
)
IDEMPOTENCY_KEY = TextRule(
    f"[^{_CONTROL}]+",
    "must be without control characters",
    limits.MAX_IDEMPOTENCY_KEY_CHARACTERS,
)
TAG = TextRule(
    "[A-Za-z0-9_-]+",
    "must hold only letters, digits, - and _",
    limits.MAX_IDENTIFIER_CHARACTERS,
)
# An allow list: what a mail says of its own origin, route and form is the provider's to write.
_HEADER_NAMES = (
    "Auto-Submitted",
    "Feedback-ID",
    "Importance",
    "In-Reply-To",
    "List-Help",
    "List-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "References",
)


def _either_case(name: str) -> str:
    return "".join(
        f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter for letter in name
    )


HEADER_NAME = TextRule(
    "|".join(["[Xx]-[A-Za-z0-9_-]+", *map(_either_case, _HEADER_NAMES)]),
    f"must be X-... or one of {', '.join(_HEADER_NAMES)}",
    limits.MAX_HEADER_NAME_CHARACTERS,
)
METADATA_KEY = TextRule(
    rf"(?!{limits.RESERVED_METADATA_KEY}$)[^{_CONTROL}]+",
    f"must be one line, and not {limits.RESERVED_METADATA_KEY}, which is the relay's own",
    limits.MAX_IDENTIFIER_CHARACTERS,
)
FILE_NAME = TextRule(
    rf"(?!\.\.?$)[^{_CONTROL}/\\]+",
    "must be the name of a file, without a path",
    limits.MAX_IDENTIFIER_CHARACTERS,
)
URL = TextRule(
    f"https://[^{_INVISIBLE}]+",
    "must be an https URL",
    limits.MAX_URL_CHARACTERS,
)
SLUG = TextRule(
    "[A-Za-z0-9_-]+",
    "must hold only letters, digits, - and _",
    limits.MAX_IDENTIFIER_CHARACTERS,
)
BUCKET = TextRule(
    "[a-z0-9][a-z0-9.-]+[a-z0-9]",
    "must be the name of an S3 bucket",
    63,
    3,
)
OBJECT_KEY = TextRule(
    rf"(?!(?:.*/)?\.\.?(?:/|$))[^{_CONTROL}]+",
    "must be the key of an S3 object, without . and .. as parts of a path",
    1024,
)
VERSION_ID = TextRule(
    f"[^{_INVISIBLE}]+",
    "must be the id of a version of an S3 object",
    1024,
)
SHA256 = TextRule("[0-9a-f]{64}", "must be a SHA-256 in lower-case hex", 64, 64)
