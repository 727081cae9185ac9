"""The numbers of one invocation, from what its runs have told.

| metric | unit | what one value says | zero is written |
|---|---|---|---|
| RotationsFinished | Count | a rotation whose old key is dead | each round |
| RotationFailed | Count | a step or round that did not come as far as it should | yes |
| OperatorNeeded | Count | a run that waits for a person; the log says for what | each round |
| RotationOpenSeconds | Seconds | age of the oldest rotation that is not promoted yet | each round |
| KeysAwaitingRevocation | Count | old keys that still live | each round |
| OldestRevocationAgeSeconds | Seconds | the oldest one's time past its overlap | each round |
| OldKeyInUse | Count | old keys that somebody still uses | each round |
| OrphanKeys | Count | live keys of ours that nobody has, after the round | each round |
| OrphanKeysRevoked | Count | those that were revoked | no |
| KeyDaysToExpiry | None | until the key in use ends by itself, where its list says so | - |
| SinglePairGapSeconds | Seconds | from the swap of a pair until the new one was current | no |

All have one dimension, the service. A round is what the schedule starts; a step is Secrets
Manager's. The numbers of a round are over all secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rotate_keys.report import Report

COUNT = "Count"
SECONDS = "Seconds"
NO_UNIT = "None"

FINISHED = "RotationsFinished"
FAILED = "RotationFailed"
OPERATOR_NEEDED = "OperatorNeeded"
OPEN_SECONDS = "RotationOpenSeconds"
AWAITING = "KeysAwaitingRevocation"
AWAITING_SECONDS = "OldestRevocationAgeSeconds"
IN_USE = "OldKeyInUse"
ORPHANS = "OrphanKeys"
ORPHANS_REVOKED = "OrphanKeysRevoked"
GAP_SECONDS = "SinglePairGapSeconds"
DAYS_TO_EXPIRY = "KeyDaysToExpiry"


class Measure(NamedTuple):
    """One value of one metric."""

    name: str
    unit: str
    value: float


def measures_of_round(reports: Sequence[Report]) -> list[Measure]:
    """The metrics of a round of retiring."""
    return [
        Measure(FINISHED, COUNT, _sum(reports, "finished")),
        Measure(FAILED, COUNT, float(sum(_failed(report) for report in reports))),
        Measure(OPERATOR_NEEDED, COUNT, float(sum(one.operator_needed for one in reports))),
        Measure(OPEN_SECONDS, SECONDS, _largest(reports, "open_seconds")),
        Measure(AWAITING, COUNT, _sum(reports, "awaiting")),
        Measure(AWAITING_SECONDS, SECONDS, _largest(reports, "awaiting_seconds")),
        Measure(IN_USE, COUNT, _sum(reports, "old_key_in_use")),
        Measure(ORPHANS, COUNT, _sum(reports, "orphans")),
        *_seldom(reports),
    ]


def measures_of_step(report: Report) -> list[Measure]:
    """The metrics of one step of Secrets Manager's."""
    measures = [Measure(FAILED, COUNT, float(_failed(report)))]
    if report.operator_needed:
        measures.append(Measure(OPERATOR_NEEDED, COUNT, 1.0))
    return [*measures, *_seldom([report])]


def _failed(report: Report) -> bool:
    return report.problem != "" and not report.operator_needed


def _seldom(reports: Iterable[Report]) -> list[Measure]:
    names = (
        (ORPHANS_REVOKED, COUNT, "orphans_revoked"),
        (GAP_SECONDS, SECONDS, "gap_seconds"),
        (DAYS_TO_EXPIRY, NO_UNIT, "days_to_expiry"),
    )
    return [
        Measure(name, unit, report.facts[fact])
        for report in reports
        for name, unit, fact in names
        if fact in report.facts
    ]


def _sum(reports: Iterable[Report], fact: str) -> float:
    return sum(report.facts.get(fact, 0.0) for report in reports)


def _largest(reports: Iterable[Report], fact: str) -> float:
    return max((report.facts.get(fact, 0.0) for report in reports), default=0.0)
