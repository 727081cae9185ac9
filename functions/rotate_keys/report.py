"""What one run on one secret has to tell."""

from __future__ import annotations

from msgspec import Struct, field


class Report(Struct, frozen=True, kw_only=True):
    """Free of secrets.

    Args:
        provider: As `forma-mail`.
        stage: Of the open rotation afterwards; empty when none is open.
        busy: Another worker holds the lease; nothing was done.
        problem: Why it did not come as far as it should; empty when it did.
        operator_needed: A person must do what `problem` says.
        facts: Numbers by name, as the run has gathered them.
    """

    provider: str
    stage: str = ""
    busy: bool = False
    problem: str = ""
    operator_needed: bool = False
    facts: dict[str, float] = field(default_factory=dict)
