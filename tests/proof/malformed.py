"""Messages that cannot be read are set aside with the reason; their neighbours are sent."""

from __future__ import annotations

from tests.proof.finding import Finding, Proof, counted
from tests.proof.judgement import accepted_once, empty_queue
from tests.support.malformed import malformed_bodies
from tests.support.stack import Stack, message

GOOD = 200


def _run(stack: Stack, run: str) -> list[Finding]:
    malformed = malformed_bodies(run)
    good = [message(run, number) for number in range(GOOD)]
    step = GOOD // len(malformed)
    stack.put(
        body
        for place, (bad, _) in enumerate(malformed)
        for body in [*good[place * step : (place + 1) * step], bad]
    )
    emptied = empty_queue(stack, within_seconds=60)
    letters = sorted((letter["body"], letter["reason"]) for letter in stack.dead_letters())
    right = sum(letter in malformed for letter in letters)
    return [
        counted("set aside with their true reason", right, demanded=len(malformed)),
        counted("dead letters", len(letters), demanded=len(malformed)),
        emptied,
        *accepted_once(stack, run, mails=GOOD),
    ]


MALFORMED = Proof(name="malformed", title=f"40 malformed messages among {GOOD} good ones", run=_run)
