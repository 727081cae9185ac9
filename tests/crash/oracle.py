"""The judge: what became of every mail, seen from outside.

It asks the provider which mails it accepted, and the queues what they hold. The ledger is asked for
one thing only, which leaves no other trace at the end of a run: that a mail expired. No mail may be
accepted twice, and each must have exactly one of the endings that its kind may have.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from formarelay.identity import identify
from formarelay.message import parse_message
from tests.crash.endings import Ending
from tests.crash.messages import ENDINGS, REASONS, UNKNOWN, Kind, Produced


@dataclass(frozen=True, slots=True)
class Evidence:
    """Args:
    produced: All mails of the run.
    accepted: By the provider, as the sandbox tells.
    dead_letters: Messages of the dead-letter queue.
    queued: Messages that are still on the queue.
    announced: Messages of the queue that the event bus leads to.
    ledger: Items of the State table.
    outputs: All that the processes wrote.
    """

    run: str
    produced: list[Produced]
    accepted: list[dict[str, Any]]
    dead_letters: list[dict[str, Any]]
    queued: list[dict[str, Any]]
    announced: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    outputs: list[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Args:
    endings: How many mails ended in each way.
    repeated_dead_letters: Allowed: a message is set aside again rather than lost.
    violations: What may never happen, in words; empty when all is well.
    """

    endings: Counter[str]
    repeated_dead_letters: int
    violations: list[str]


def judge(
    evidence: Evidence, *, may_hold: bool, ledger_fails: bool, kills: int, canaries: list[str]
) -> Judgement:
    """What became of the mails.

    Args:
        evidence: Of one run.
        may_hold: The fault leaves no other way than to ask a person.
        ledger_fails: The fault keeps the ledger from being written: that a mail expired may then
            stand in the log alone, beside a claim that nobody could settle.
        kills: How many processes died before their time.
        canaries: Keys that may stand nowhere.
    """
    found = _endings(evidence, ledger_fails=ledger_fails)
    violations = [
        *_accepted_twice(evidence),
        *(
            problem
            for mail in evidence.produced
            if (
                problem := _wrong_ending(
                    mail, found[mail.number], may_hold=may_hold, died=kills > 0
                )
            )
        ),
        *_accepted_too_late(evidence),
        *_leaks(evidence, canaries),
        *(
            "a programming error was logged"
            for output in evidence.outputs
            if '"failure":' in output
        ),
    ]
    dead = Counter(_number(evidence.run, each["Body"]) for each in evidence.dead_letters)
    return Judgement(
        endings=Counter(
            way
            for endings in found.values()
            for way in {ending.partition(":")[0] for ending in endings}
        ),
        repeated_dead_letters=sum(count - 1 for count in dead.values()),
        violations=violations,
    )


def _endings(evidence: Evidence, *, ledger_fails: bool) -> dict[int, set[str]]:
    """Everything that was found of each mail, by its number; a reason stands after a colon."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for email in evidence.accepted:
        found[email["metadata"]["number"]].add(Ending.SENT.value)
    for letter in evidence.dead_letters:
        reason = letter["MessageAttributes"].get("reason", {}).get("StringValue", "")
        ending = Ending.HELD.value if reason == UNKNOWN else f"{Ending.REFUSED}:{reason}"
        found[_number(evidence.run, letter["Body"])].add(ending)
    for message in evidence.queued:
        found[_number(evidence.run, message["Body"])].add(Ending.QUEUED.value)
    states = {item["relay_id"]: item["state"] for item in evidence.ledger if "relay_id" in item}
    expired = {relay_id for relay_id, state in states.items() if state == "EXPIRED"}
    if ledger_fails:
        logged = _logged_as_expired(evidence.outputs)
        expired |= {relay_id for relay_id in logged if states.get(relay_id) == "CLAIMED"}
    for mail in evidence.produced:
        if mail.expires_at is not None and _relay_id(mail) in expired:
            found[mail.number].add(Ending.EXPIRED.value)
    return found


def _logged_as_expired(outputs: list[str]) -> set[str]:
    lines = [line for output in outputs for line in output.splitlines()]
    logged = [json.loads(line) for line in lines if line.startswith("{") and '"expired"' in line]
    return {each["relay_id"] for each in logged if each.get("message") == "expired"}


def _relay_id(mail: Produced) -> str:
    return identify(parse_message(mail.bodies[0], message_id="")).relay_id


def _number(run: str, body: str) -> int:
    match = re.search(rf"{run}-(\d+)\.", body)
    if match is None:
        raise AssertionError(f"a message of no producer: {body[:200]}")
    return int(match[1])


def _accepted_twice(evidence: Evidence) -> Iterator[str]:
    for name in ("relayId", "number"):
        counts = Counter(email["metadata"][name] for email in evidence.accepted)
        for value, count in counts.items():
            if count > 1:
                yield f"sent {count} times: {name} {value}"


def _wrong_ending(mail: Produced, found: set[str], *, may_hold: bool, died: bool) -> str:
    reasons = REASONS.get(mail.kind, set())
    allowed = {ending.value for ending in ENDINGS[mail.kind] if ending is not Ending.REFUSED}
    allowed |= {f"{Ending.REFUSED}:{reason}" for reason in reasons}
    if may_hold and mail.kind is not Kind.MALFORMED:
        allowed.add(Ending.HELD.value)
    who = f"mail {mail.number} ({mail.kind})"
    if not found:
        return f"lost: {who}"
    if Ending.QUEUED in found:
        return f"stuck: {who} is still on the queue, beside {sorted(found - {Ending.QUEUED})}"
    if found - allowed:
        return f"ended wrongly: {who} as {sorted(found)}, allowed are {sorted(allowed)}"
    ways = {ending.partition(":")[0] for ending in found}
    # What is held because nobody knows may well have been accepted. Or refused: a process that dies
    # before the message is deleted leaves it to be called for again, and then there is no answer.
    if ways == {Ending.REFUSED, Ending.HELD} and died:
        return ""
    if len(ways) > 1 and ways != {Ending.SENT, Ending.HELD}:
        return f"ended in several ways: {who} as {sorted(found)}"
    return ""


def _accepted_too_late(evidence: Evidence) -> Iterator[str]:
    limits = {mail.number: mail.expires_at for mail in evidence.produced}
    for email in evidence.accepted:
        limit = limits[email["metadata"]["number"]]
        # One call may be under way when the time comes.
        if limit is not None and email["acceptedAt"] > limit + 1.0:
            late_seconds = email["acceptedAt"] - limit
            yield f"sent {late_seconds:.1f} s after it expired: {email['metadata']['number']}"


def _leaks(evidence: Evidence, canaries: list[str]) -> Iterator[str]:
    places = {
        "the output": "\n".join(evidence.outputs),
        "a dead letter": json.dumps(evidence.dead_letters),
        "an outcome event": json.dumps(evidence.announced),
        "the ledger": json.dumps(evidence.ledger),
    }
    for place, text in places.items():
        if any(canary in text for canary in canaries):
            yield f"a key stands in {place}"
