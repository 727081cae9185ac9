"""The numbers of one round. All are written by every round, zeros included.

| metric | unit | what one value says |
|---|---|---|
| SweepFound | Count | unsettled mails at the beginning of the round |
| SweepSettledSent | Count | mails that the provider's list showed |
| SweepSettledAbsent | Count | mails proven not accepted, free to be sent |
| SweepUnprovable | Count | mails that the list could say nothing about |
| SweepHeld | Count | mails missing from the list that wait for a person (`OnUnknown=hold`) |
| SweepUnsettled | Count | mails of unknown outcome after the round, the held ones included |
| OldestUnknownAgeSeconds | Seconds | since the first call of the oldest of these; 0 without any |
| SweepStopped | Count | 1 when the round ended before its work did: no slot, no time, no answer |
| OutcomeEventsLost | Count | events that the outcome bus did not take |

All have one dimension, the service. A round that could not read the ledger fails
and writes SweepStopped alone, for it knows no other number.
"""

from __future__ import annotations

from typing import NamedTuple

from settle_unknown.service import Round

STOPPED = "SweepStopped"

COUNT = "Count"
SECONDS = "Seconds"


class Measure(NamedTuple):
    """One metric of a round."""

    name: str
    unit: str
    value: float


def measures_of(result: Round, *, events_lost: int) -> list[Measure]:
    """The metrics of a round, always the same ones."""
    counts = {
        "SweepFound": result.found,
        "SweepSettledSent": len(result.sent),
        "SweepSettledAbsent": result.opened,
        "SweepUnprovable": result.unprovable,
        "SweepHeld": result.held,
        "SweepUnsettled": result.left,
        STOPPED: int(result.stopped != ""),
        "OutcomeEventsLost": events_lost,
    }
    return [
        *(Measure(name, COUNT, float(count)) for name, count in counts.items()),
        Measure("OldestUnknownAgeSeconds", SECONDS, result.oldest_seconds),
    ]
