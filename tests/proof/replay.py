"""A replay of the dead-letter queue sends what was not sent, and nothing a second time."""

from __future__ import annotations

import subprocess
import sys

from local.workspace import PROJECT
from tests.proof.finding import Finding, Proof, counted
from tests.proof.judgement import accepted_once, dead_letter_count, empty_queue
from tests.support.stack import Stack, message

ACCEPTED = 700
UNSENT = 300
LETTERS = ACCEPTED + UNSENT
_SEND = "POST /emails/send"


def _run(stack: Stack, run: str) -> list[Finding]:
    template = f"coming-{run}"
    bodies = [message(run, number) for number in range(ACCEPTED)]
    bodies += [message(run, number, templateId=template) for number in range(ACCEPTED, LETTERS)]
    unknown = _fill_the_dead_letter_queue(stack, run, bodies)
    filled = dead_letter_count(stack, demanded=LETTERS)
    before = len(stack.accepted(run))
    stack.sandbox("POST", "/templates", json={"slug": template, "name": template})
    command = [sys.executable, "-m", "relayctl", "dead-letters", "replay", "--env-file"]
    replay = subprocess.run(
        [*command, str(stack.file)],
        cwd=PROJECT,
        env={"PYTHONPATH": "layers/formarelay", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    emptied = empty_queue(stack, within_seconds=180)
    sent = len(stack.accepted(run)) - before
    return [
        counted(
            "accepted, held because nobody could look them up", unknown, demanded=ACCEPTED // 2
        ),
        filled,
        Finding("exit status of the replay", "0", str(replay.returncode), replay.returncode == 0),
        counted("sent by the replay", sent, demanded=UNSENT),
        emptied,
        *accepted_once(stack, run, mails=LETTERS),
        # They were sent, and the ledger knows: a replay leaves them where they are.
        dead_letter_count(stack, demanded=ACCEPTED - ACCEPTED // 2),
    ]


def _fill_the_dead_letter_queue(stack: Stack, run: str, bodies: list[str]) -> int:
    """As it comes about. How many mails are held because their outcome is unknown.

    Every second answer is lost, and the key may not read the provider's list: those mails are
    accepted, and held. The other half is accepted and known to be; their messages come into the
    queue as SQS moves them, without facts. The rest is refused, because there is no such template.
    """
    lost = {"route": _SEND, "fault": "accept_then_drop", "times": ACCEPTED // 2, "every": 2}
    stack.sandbox("POST", "/faults", json=lost)
    stack.sandbox(
        "POST", "/faults", json={"route": "GET /emails", "fault": "status:403", "times": None}
    )
    stack.put(bodies[:ACCEPTED])
    empty_queue(stack, within_seconds=300)
    stack.sandbox("DELETE", "/faults")
    stack.put(bodies[ACCEPTED:])
    empty_queue(stack, within_seconds=120)
    letters = stack.dead_letters(take=False)
    held = {letter["body"] for letter in letters}
    known = [body for body in bodies[:ACCEPTED] if body not in held]
    stack.put(known, queue="DEAD_LETTER_QUEUE_URL")
    return sum(letter["reason"] == "outcome_unknown" for letter in letters)


REPLAY = Proof(
    name="replay",
    title=f"{LETTERS:,} dead letters, {ACCEPTED} of them in fact accepted, replayed",
    run=_run,
)
