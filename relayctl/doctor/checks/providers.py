"""The two providers, asked with the keys that the stack uses."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import UnseenError, seen
from relayctl.doctor.snapshot import Snapshot

# Formaloo's tokens live for 30 seconds, and instants of the provider become waits.
MOST_SKEW_SECONDS = 5


@check(
    "provider-reachable",
    "Both providers answer from here",
    reason="Mail waits on the queue until they do.",
    fix=(
        "See the provider's status page, the base URLs among the stack's parameters, and this "
        "machine's own network: the functions may reach what you cannot."
    ),
    severity=Severity.CRITICAL,
)
def reachable(snapshot: Snapshot) -> Iterator[str]:
    for name, provider in seen(snapshot.providers):
        if provider.unreachable:
            yield f"{name}: {provider.unreachable}"


@check(
    "key-accepted",
    "Both providers accept the present keys",
    reason="With a refused key nothing is sent, or no form is read.",
    fix="Put a good key into the secret; the functions take it up within 5 minutes.",
    severity=Severity.CRITICAL,
)
def accepted(snapshot: Snapshot) -> Iterator[str]:
    unknown = ""
    for name, provider in seen(snapshot.providers):
        if provider.refused:
            yield f"{name} refuses the key"
        unknown = unknown or provider.unreachable or provider.unknown
    if unknown:
        raise UnseenError(unknown)


@check(
    "key-rights",
    "The keys have the rights that the stack needs",
    reason=(
        "Without emails:send nothing is sent; without emails:read no mail with an unknown outcome "
        "can be looked up, and each is held for a person."
    ),
    fix="Make a key with emails:send and emails:read, and put it into FormaMailSecret.",
    severity=Severity.CRITICAL,
)
def rights(snapshot: Snapshot) -> Iterator[str]:
    unknown = ""
    for name, provider in seen(snapshot.providers):
        if provider.lacking:
            yield f"the key of {name} lacks {', '.join(provider.lacking)}"
        unknown = unknown or provider.unreachable or provider.unknown
        if provider.refused:
            unknown = unknown or f"{name} refuses the key"
    if unknown:
        raise UnseenError(unknown)


@check(
    "provider-clock",
    f"The providers' clocks are within {MOST_SKEW_SECONDS} seconds of ours",
    reason="Tokens end early, and waits until an instant of the provider's are wrong.",
    fix="Tell the provider; nothing here can set its clock.",
    severity=Severity.WARNING,
)
def clock(snapshot: Snapshot) -> Iterator[str]:
    for name, provider in seen(snapshot.providers):
        ahead = provider.clock_ahead_seconds
        if ahead is not None and abs(ahead) > MOST_SKEW_SECONDS:
            yield f"the clock of {name} is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"


CHECKS = (reachable, accepted, rights, clock)
