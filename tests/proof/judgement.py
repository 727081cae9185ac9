"""What every proof asks in the end: is each mail accepted, once, and nothing left?"""

from __future__ import annotations

import time

from tests.proof.finding import Finding, counted
from tests.support.stack import Stack, repeated

_POLL_SECONDS = 0.5


def empty_queue(stack: Stack, *, within_seconds: float) -> Finding:
    """Waits until nothing is on the email queue, visible or not."""
    began = time.monotonic()
    while waiting := stack.waiting():
        if time.monotonic() - began > within_seconds:
            break
        time.sleep(_POLL_SECONDS)
    measured = f"{waiting:,} after {time.monotonic() - began:.0f} s"
    return Finding("messages left on the queue", "0", measured, waiting == 0)


def accepted_once(stack: Stack, run: str, *, mails: int) -> list[Finding]:
    """Whether the provider accepted exactly the mails 0 … of a run."""
    accepted = stack.accepted(run)
    numbers = {email["metadata"]["number"] for email in accepted}
    relay_ids = [email["metadata"]["relayId"] for email in accepted]
    return [
        counted("mails accepted", len(numbers & set(range(mails))), demanded=mails),
        counted("acceptances beyond the first of a mail", len(accepted) - mails, demanded=0),
        counted("relay ids accepted twice", len(repeated(relay_ids)), demanded=0),
    ]


def dead_letter_count(stack: Stack, *, demanded: int = 0) -> Finding:
    """How many messages were set aside; they stay."""
    return counted("dead letters", stack.waiting("DEAD_LETTER_QUEUE_URL"), demanded=demanded)
