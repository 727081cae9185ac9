"""Rotations under a constant stream of mail fail none of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from tests.proof.finding import Finding, Proof, counted
from tests.proof.judgement import accepted_once, dead_letter_count, empty_queue
from tests.support.rotating_stack import RotatingStack
from tests.support.stack import Stack, message

MAILS = 2_000
ROTATIONS = 3
ROW_MAILS = 400
LONGEST_GAP_SECONDS = 30
_MAILS_A_SECOND = 50
_BATCH = 10
_WAIT_SECONDS = 90


@contextmanager
def _stream(stack: Stack, bodies: Iterable[str]) -> Iterator[None]:
    """Puts messages on the queue beside whatever the block does, ten at a time, at one pace."""
    failures: list[Exception] = []

    def put() -> None:
        try:
            rest = iter(bodies)
            while part := list(islice(rest, _BATCH)):
                stack.put(part)
                time.sleep(_BATCH / _MAILS_A_SECOND)
        except Exception as error:  # noqa: BLE001 (raised again where the block ends)
            failures.append(error)

    putting = threading.Thread(target=put)
    putting.start()
    try:
        yield
    finally:
        putting.join()
    if failures:
        raise failures[0]


def _rotate_keys(stack: Stack, run: str) -> list[Finding]:
    rotating = RotatingStack(stack)
    # What an earlier proof left has no part in this one.
    rotating.retire(overlap_seconds=0)
    since = stack.requests_count()
    replaced: list[str] = []
    with _stream(stack, (message(run, number) for number in range(MAILS))):
        for _ in range(ROTATIONS):
            replaced.append(rotating.key_id())
            stack.wait_until(lambda: rotating.sends_mail(run, replaced[-1]), seconds=_WAIT_SECONDS)
            rotating.rotate("FORMA_MAIL_SECRET_ARN")
            rotating.retire("FORMA_MAIL_SECRET_ARN", overlap_seconds=0)
    emptied = empty_queue(stack, within_seconds=_WAIT_SECONDS)
    once = accepted_once(stack, run, mails=MAILS)
    keys = rotating.keys()
    revoked = [key_id for key_id in replaced if keys[key_id]["status"] == "revoked"]
    used_late = [
        key_id
        for key_id in revoked
        if rotating.last_used_at(key_id) > rotating.revoked_at(key_id, since=since)
    ]
    used = {email["keyId"] for email in stack.accepted(run)}
    refused = sum(one["status"] == 401 for one in _sends(stack, since))
    return [
        counted("keys replaced under mail, and revoked", len({*revoked}), demanded=ROTATIONS),
        counted("replaced keys that were used after their end", len(used_late), demanded=0),
        counted(
            "keys that mail was accepted with",
            len(used & {*replaced, rotating.key_id()}),
            demanded=ROTATIONS + 1,
        ),
        Finding(
            "answers 401 to a replaced key",
            "any, none of which costs a mail",
            f"{refused}",
            all(finding.held for finding in once),
        ),
        emptied,
        *once,
        dead_letter_count(stack),
    ]


def _sends(stack: Stack, since: int) -> list[dict[str, Any]]:
    return [one for one in stack.requests(since=since) if one["path"].endswith("/emails/send")]


def _swap_pair(stack: Stack, run: str) -> list[Finding]:
    rotating = RotatingStack(stack)
    row = stack.sandbox("GET", "/formaloo")["forms"][0]["rows"][0]
    source = {"formaloo": {"row": row, "fields": {"firstName": "name"}}}
    before = rotating.value("FORMALOO_SECRET_ARN")
    bodies = (
        message(run, number, variables={}, variablesFrom=source) for number in range(ROW_MAILS)
    )
    with _stream(stack, bodies):
        stack.wait_until(lambda: bool(stack.accepted(run)), seconds=_WAIT_SECONDS)
        rotating.rotate("FORMALOO_SECRET_ARN")
    emptied = empty_queue(stack, within_seconds=_WAIT_SECONDS)
    now = rotating.value("FORMALOO_SECRET_ARN")
    state = stack.sandbox("GET", "/formaloo")
    true_pair = {name: state[name] for name in ("api_key", "secret_key")}
    gap_seconds = rotating.gap_seconds()
    return [
        counted("pairs replaced", int(before != now == true_pair), demanded=1),
        Finding(
            "seconds in which neither pair could be used",
            f"less than {LONGEST_GAP_SECONDS}",
            f"{gap_seconds:.1f}",
            gap_seconds < LONGEST_GAP_SECONDS,
        ),
        emptied,
        *accepted_once(stack, run, mails=ROW_MAILS),
        dead_letter_count(stack),
    ]


KEYS = Proof(
    name="rotations",
    title=f"{MAILS:,} mails in a constant stream, {ROTATIONS} rotations of the Forma Mail key",
    run=_rotate_keys,
)
PAIR = Proof(
    name="pair",
    title=f"{ROW_MAILS} mails that read a Formaloo row, and a new pair amid them",
    run=_swap_pair,
)
