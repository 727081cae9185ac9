"""Checks and results as JSON, for other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from relayctl.doctor.check import Check, Result, State
from relayctl.doctor.snapshot import Snapshot


def check_document(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": check.title,
        "severity": check.severity.value,
        "reason": check.reason,
        "fix": check.fix,
    }


def report_document(results: Sequence[Result], *, snapshot: Snapshot) -> dict[str, Any]:
    """The whole report: how many of each state, then every check."""
    counts = Counter(result.state for result in results)
    return {
        "stack": snapshot.stack.name,
        "at": datetime.fromtimestamp(snapshot.now, UTC).isoformat(),
        "counts": {state.value: counts[state] for state in State},
        "checks": [
            {
                **check_document(result.check),
                "state": result.state.value,
                "evidence": list(result.evidence),
                "remark": result.remark,
            }
            for result in results
        ],
    }
