"""An outage of the provider loses nothing, costs one call a probe, and ends when it ends."""

from __future__ import annotations

import time
from itertools import islice

from tests.proof.finding import Finding, Proof
from tests.proof.judgement import accepted_once, dead_letter_count, empty_queue
from tests.proof.settings import WORKERS
from tests.support.arrivals import burst_and_probes, early_probes, gate_rules, probe_intervals
from tests.support.stack import Stack, message

MAILS = 500
OUTAGE_SECONDS = 120
LONGEST_RECOVERY_SECONDS = 15.0
BATCH = 10


def _run(stack: Stack, run: str) -> list[Finding]:
    before = stack.requests_count()
    for route in ("POST /emails/send", "GET /emails"):
        stack.sandbox(
            "POST", "/faults", json={"route": route, "fault": "status:503", "times": None}
        )
    stack.put(message(run, number) for number in range(MAILS))
    time.sleep(OUTAGE_SECONDS)
    stack.sandbox("DELETE", "/faults")
    recovered_at = time.time()
    emptied = empty_queue(stack, within_seconds=180)
    requests = stack.requests(since=before)
    calls = [each["at"] for each in requests if each["fault"] is not None]
    sent = [each["at"] for each in requests if each["status"] == 201]
    first_send_seconds = min(sent, default=float("inf")) - recovered_at
    return [
        *_probes(calls),
        Finding(
            "first mail accepted after the end of the outage",
            f"within {LONGEST_RECOVERY_SECONDS:.0f} s",
            f"{first_send_seconds:.1f} s",
            0 <= first_send_seconds <= LONGEST_RECOVERY_SECONDS,
        ),
        emptied,
        *accepted_once(stack, run, mails=MAILS),
        dead_letter_count(stack),
    ]


def _probes(calls: list[float]) -> list[Finding]:
    intervals = probe_intervals(gate_rules())
    burst, probes = burst_and_probes(calls, first_interval=next(intervals))
    early = early_probes(probes, intervals)
    expected = ", ".join(f"{each:.0f}" for each in islice(probe_intervals(gate_rules()), 1, 5))
    most = WORKERS * BATCH
    return [
        Finding(
            "calls before the gate closed",
            f"at most {most}, one batch a worker",
            str(len(burst)),
            len(burst) <= most,
        ),
        Finding(
            f"probes sooner than their interval ({expected} … s) after the one before",
            "0",
            f"{len(early)} of {len(probes)}",
            len(early) == 0 and len(probes) > 1,
        ),
    ]


OUTAGE = Proof(
    name="outage",
    title=f"{MAILS} mails queued, every call answered 503 for {OUTAGE_SECONDS} s",
    run=_run,
)
