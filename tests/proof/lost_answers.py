"""A mail whose call was accepted without an answer is found at the provider, not sent again."""

from __future__ import annotations

from tests.proof.finding import Finding, Proof, counted
from tests.proof.judgement import accepted_once, dead_letter_count, empty_queue
from tests.support.stack import Stack, message

MAILS = 500
EVERY = 5


def _run(stack: Stack, run: str) -> list[Finding]:
    before = stack.requests_count()
    rule = {"route": "POST /emails/send", "fault": "accept_then_drop", "times": None}
    stack.sandbox("POST", "/faults", json=rule | {"every": EVERY})
    stack.put(message(run, number) for number in range(MAILS))
    emptied = empty_queue(stack, within_seconds=180)
    requests = stack.requests(since=before)
    dropped = sum(each["fault"] is not None for each in requests)
    sends = sum(each["path"].endswith("/emails/send") for each in requests)
    return [
        counted("calls accepted without an answer", dropped, demanded=MAILS // EVERY),
        counted("send calls in all", sends, demanded=MAILS),
        emptied,
        *accepted_once(stack, run, mails=MAILS),
        dead_letter_count(stack),
    ]


LOST_ANSWERS = Proof(
    name="lost-answers",
    title=f"{MAILS} mails, every fifth call accepted and its answer dropped",
    run=_run,
)
