"""The names of the keys that are made here, so that one that was lost is recognised by its own."""

from __future__ import annotations

import hashlib

from msgspec import Struct


class KeyNames(Struct, frozen=True, kw_only=True):
    """Names of the keys of one secret of one stack.

    A part of the secret's ARN keeps apart what two stacks of one name, in two regions or accounts,
    make in the same account of the provider: neither may take the other's keys for lost ones.

    Args:
        stack: Name of the stack.
        secret_arn: The secret that the keys are stored in.
    """

    stack: str
    secret_arn: str

    @property
    def _prefix(self) -> str:
        return f"formarelay {self.stack} {_short(self.secret_arn, 6)} "

    def of(self, token: str) -> str:
        """The name of the key that the rotation of this token makes."""
        return self._prefix + _short(token, 8)

    def is_ours(self, name: str) -> bool:
        """Whether a rotation of this secret has made the key."""
        return name.startswith(self._prefix)


def _short(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
