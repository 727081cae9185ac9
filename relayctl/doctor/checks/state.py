"""The state table, and what stands in it now: the shared limit and the gate."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import part, seen
from relayctl.doctor.snapshot import FORMA_MAIL, SENDER, Snapshot

EXPIRY_ATTRIBUTE = "expires_at"
_TABLE = "StateTable"
_NOT_EMULATED = "the emulator's CloudFormation leaves this property of a table out"


@check(
    "table-active",
    "The state table is active and billed by request",
    reason="A table with fixed capacity throttles under a backlog, and nothing is sent meanwhile.",
    fix="Restore BillingMode of StateTable to PAY_PER_REQUEST, as in the template.",
    severity=Severity.CRITICAL,
)
def active(snapshot: Snapshot) -> Iterator[str]:
    table = snapshot.table.seen()
    if table.status not in ("ACTIVE", "UPDATING"):
        yield f"{_TABLE} is {table.status}"
    if not table.on_demand:
        yield f"{_TABLE} has fixed capacity"


@check(
    "table-expiry",
    f"The state table forgets items at {EXPIRY_ATTRIBUTE}",
    reason="Else it grows for ever, and keeps what it should have forgotten after 45 days.",
    fix=f"Restore the time to live of StateTable, on {EXPIRY_ATTRIBUTE}, as in the template.",
    severity=Severity.WARNING,
)
def expiry(snapshot: Snapshot) -> Iterator[str]:
    attribute = snapshot.table_expiry.seen()
    if not attribute:
        yield f"{_TABLE} forgets nothing"
    elif attribute != EXPIRY_ATTRIBUTE:
        yield f"{_TABLE} forgets by {attribute}"


@check(
    "table-recovery",
    "The state table can be restored to any point in time",
    reason="Whoever loses the ledger sends mail twice.",
    fix="Switch point-in-time recovery of StateTable on again, as in the template.",
    severity=Severity.CRITICAL,
    not_locally=_NOT_EMULATED,
)
def recovery(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.table_recovery.seen():
        yield f"{_TABLE} has no point-in-time recovery"


@check(
    "table-encryption",
    "The state table is encrypted with a key of KMS",
    reason="Uses of a KMS key are logged and can be stopped; those of DynamoDB's own key cannot.",
    fix="Restore SSESpecification of StateTable, as in the template.",
    severity=Severity.WARNING,
    not_locally=_NOT_EMULATED,
)
def encryption(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.table.seen().encrypted:
        yield f"{_TABLE} is encrypted with DynamoDB's own key"


@check(
    "limit-learned",
    "Forma Mail allows as many calls as the stack is configured for",
    reason="When it allows fewer, mail goes out more slowly than you count on.",
    fix="Ask the provider for the limit of your plan; deploy with that as RateLimitCalls.",
    severity=Severity.WARNING,
)
def limit(snapshot: Snapshot) -> Iterator[str]:
    learned = part(snapshot.windows, FORMA_MAIL).seen().learned_limit
    configured = snapshot.sender().number("RATE_LIMIT_CALLS")
    if configured is None:
        yield f"RATE_LIMIT_CALLS of {SENDER} is no number"
    elif learned is not None and learned < configured:
        yield f"the provider allows {learned} calls in a window, and {configured:g} are configured"


@check(
    "gate-open",
    "The gates to both providers are open",
    reason="While a gate is closed, all mail that needs the provider waits.",
    fix=(
        "throttled, provider_down and rotating pass by themselves. key_refused and right_missing "
        "need a good key in the secret; quota_exhausted needs a larger plan, or patience."
    ),
    severity=Severity.CRITICAL,
)
def gate(snapshot: Snapshot) -> Iterator[str]:
    for name, window in seen(snapshot.windows):
        left = window.gate_closed_until - snapshot.now
        if left > 0:
            yield f"{name} is not called for another {left:.0f} s: {window.gate_reason}"


CHECKS = (active, expiry, recovery, encryption, limit, gate)
