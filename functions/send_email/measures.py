"""The numbers of one invocation, from how its records left. Ids and addresses play no part.

| metric | unit | what one value says | zero is written |
|---|---|---|---|
| Accepted | Count | a mail accepted by the provider, at this delivery or as its list shows | no |
| Reconciled | Count | an accepted mail that the list showed after a call without an answer | no |
| Refused | Count | a mail set aside that is proven not sent | no |
| Held | Count | a mail set aside because nobody knows whether it was sent | no |
| Expired | Count | a mail whose `expiresAt` passed first | no |
| AlreadySent | Count | a delivery of a mail that an earlier one had sent | no |
| Unknown | Count | a call that ended without a trustworthy answer | no |
| Throttled | Count | a call that the provider answered with 429 | no |
| HandedBack | Count | a message that stays on the queue, for whatever reason | no |
| HandedBack... | Count | the same for one reason, as HandedBackNoTime | no |
| GateClosed | Count | 1 when a closed gate, or a call that closed it, held mail back | yes |
| QueueToAcceptSeconds | Seconds | from the queue to acceptance, one value an accepted mail | - |
| OutcomeEventsLost | Count | events that the outcome bus did not take | no |

All have one dimension, the service. Reasons are part of the name and come from a fixed list, so
that nothing that a store or a provider says makes a new metric, which CloudWatch bills each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from send_email.outcome import Expired, HandedBack, Outcome, Sent, SetAside
from send_email.record import Result

ACCEPTED = "Accepted"
RECONCILED = "Reconciled"
REFUSED = "Refused"
HELD = "Held"
EXPIRED = "Expired"
ALREADY_SENT = "AlreadySent"
UNKNOWN = "Unknown"
THROTTLED = "Throttled"
HANDED_BACK = "HandedBack"
GATE_CLOSED = "GateClosed"
QUEUE_TO_ACCEPT_SECONDS = "QueueToAcceptSeconds"
OUTCOME_EVENTS_LOST = "OutcomeEventsLost"

COUNT = "Count"
SECONDS = "Seconds"

GATE_REASONS = frozenset(
    {"throttled", "key_refused", "right_missing", "quota_exhausted", "provider_down"}
)
"""Why the gate to the provider closes."""

REASONS = GATE_REASONS | {
    "attachments_forbidden",
    "attachments_no_room",
    "attachments_unavailable",
    "contended",
    "dead_letter_failed",
    "dependency_failed",
    "in_flight",
    "internal_error",
    "no_time",
    "not_accepted",
    "not_connected",
    "outcome_unknown",
    "quota_reserved",
    "rate_limited",
    "rotating",
    "variables_unavailable",
}
"""Why a message is handed back. Any other reason counts as `other`."""

_HELD_REASON = "outcome_unknown"


class Measure(NamedTuple):
    """One metric of an invocation; every value is recorded."""

    name: str
    unit: str
    values: list[float]


def measures_of(
    results: Iterable[Result], *, sent_at: Mapping[str, float], now: float
) -> list[Measure]:
    """The metrics of a batch; none for a batch without records.

    Args:
        results: One for each record.
        sent_at: Unix seconds at which the messages came to the queue, by message id: SQS's
            `SentTimestamp`. A message that is missing has no latency.
        now: Unix seconds after the batch. A mail that was accepted early in it is measured longer
            than it took, by the time of the slowest call beside it at most.
    """
    counts: Counter[str] = Counter()
    latencies: list[float] = []
    gate_closed = 0
    for result in results:
        counts.update(_counted(result.outcome))
        gate_closed |= gate_reason(result.outcome) != ""
        queued_at = sent_at.get(result.record.message_id)
        if queued_at is not None and _is_accepted(result.outcome):
            # Never below zero, where the queue's clock is ahead of ours.
            latencies.append(max(0.0, now - queued_at))
    if not counts:
        return []
    measures = [Measure(name, COUNT, [float(count)]) for name, count in sorted(counts.items())]
    measures.append(Measure(GATE_CLOSED, COUNT, [float(gate_closed)]))
    if latencies:
        measures.append(Measure(QUEUE_TO_ACCEPT_SECONDS, SECONDS, latencies))
    return measures


def gate_reason(outcome: Outcome) -> str:
    """Why the gate held this record back; empty when it did not."""
    if isinstance(outcome, HandedBack) and outcome.reason in GATE_REASONS:
        return outcome.reason
    return ""


def handed_back(reason: str) -> str:
    """The metric of one reason, as `HandedBackNoTime`."""
    words = reason if reason in REASONS else "other"
    return HANDED_BACK + "".join(word.capitalize() for word in words.split("_"))


def _counted(outcome: Outcome) -> list[str]:
    match outcome:
        case Sent(how="ledger"):
            return [ALREADY_SENT]
        case Sent(how="lookup"):
            return [ACCEPTED, RECONCILED]
        case Sent():
            return [ACCEPTED]
        case Expired():
            return [EXPIRED]
        case SetAside():
            return [HELD if outcome.reason == _HELD_REASON else REFUSED]
        case HandedBack():
            return [HANDED_BACK, handed_back(outcome.reason), *_ended_calls(outcome)]


def _ended_calls(back: HandedBack) -> list[str]:
    """A call of this very delivery left its error; a wait for an earlier one left none."""
    if not back.error:
        return []
    return {"outcome_unknown": [UNKNOWN], "throttled": [THROTTLED]}.get(back.reason, [])


def _is_accepted(outcome: Outcome) -> bool:
    return isinstance(outcome, Sent) and outcome.how != "ledger"
