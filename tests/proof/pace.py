"""The provider's rate is used to the full and not exceeded."""

from __future__ import annotations

from tests.proof.finding import Finding, Proof, counted
from tests.proof.judgement import accepted_once, dead_letter_count, empty_queue
from tests.proof.settings import CALLS, WINDOW_SECONDS, WORKERS
from tests.support.stack import Stack, message
from tests.support.windows import most_in_a_window, rate_used

MAILS = 3_000
LEAST_USE = 0.97


def _run(stack: Stack, run: str) -> list[Finding]:
    stack.sandbox(
        "PUT",
        "/profile",
        json={
            "rate_limit": "strict",
            "limit_per_minute": CALLS,
            "window_seconds": WINDOW_SECONDS,
        },
    )
    before = stack.requests_count()
    stack.put(message(run, number) for number in range(MAILS))
    emptied = empty_queue(stack, within_seconds=3 * MAILS / CALLS * WINDOW_SECONDS)
    requests = stack.requests(since=before)
    sends = [each["at"] for each in requests if each["path"].endswith("/emails/send")]
    throttled = sum(each["status"] == 429 for each in requests)
    fullest = most_in_a_window([each["at"] for each in requests], window_seconds=WINDOW_SECONDS)
    use = rate_used(sends, limit=CALLS, window_seconds=WINDOW_SECONDS)
    seconds = max(sends) - min(sends)
    # The first window is empty, so that nothing but the machine limits these.
    machine = (CALLS - 1) / (sorted(sends)[CALLS - 1] - min(sends))
    return [
        counted("answers 429 in the provider's journal", throttled, demanded=0),
        Finding("calls in the fullest window", f"at most {CALLS}", str(fullest), fullest <= CALLS),
        Finding(
            "part of the allowed rate that was used",
            f"at least {LEAST_USE:.0%}",
            f"{use:.1%} ({MAILS:,} sends in {seconds:.1f} s)",
            use >= LEAST_USE,
        ),
        Finding(
            "sends a second while nothing limits them",
            f"more than the allowed {CALLS / WINDOW_SECONDS:.0f}: else the machine is the limit",
            f"{machine:.0f}",
            machine > CALLS / WINDOW_SECONDS,
        ),
        counted("calls made", len(requests), demanded=MAILS),
        emptied,
        *accepted_once(stack, run, mails=MAILS),
        dead_letter_count(stack),
    ]


PACE = Proof(
    name="pace",
    title=f"{MAILS:,} mails, {WORKERS} workers, a strict limit of {CALLS} in {WINDOW_SECONDS} s",
    run=_run,
)
