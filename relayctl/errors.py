"""The errors of this command: `str()` is for a person and says what to do about it."""

from __future__ import annotations


class RelayctlError(Exception):
    """The command cannot do what was asked. Free of secrets, addresses and bodies."""


class UnansweredError(RelayctlError):
    """AWS gave no answer that says so: what was asked of it may have been done."""


class UsageError(RelayctlError):
    """It was called in a way that cannot work; nothing was touched."""
