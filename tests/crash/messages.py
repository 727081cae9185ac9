"""What the producers put on the queue, and the ways in which each kind of message may end."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tests.crash.endings import Ending

# The reason of dead letters whose mail may have been sent.
UNKNOWN = "outcome_unknown"


class Kind(StrEnum):
    """PLAIN: with a key of its own. KEYLESS: without. TWIN: the same mail in two messages.
    RIVAL: two mails under one key. ROW: takes variables from a Formaloo row. FILE: takes an
    attachment from S3. UNKNOWN_TEMPLATE: the provider refuses it. MALFORMED: no JSON. EXPIRED: too
    late already. BRIEF: soon too late.
    """

    PLAIN = "plain"
    KEYLESS = "keyless"
    TWIN = "twin"
    RIVAL = "rival"
    ROW = "row"
    FILE = "file"
    UNKNOWN_TEMPLATE = "unknown-template"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    BRIEF = "brief"


# Any of them may in addition be held for a person where the fault leaves no other way.
ENDINGS = {
    Kind.PLAIN: {Ending.SENT},
    Kind.KEYLESS: {Ending.SENT},
    Kind.TWIN: {Ending.SENT},
    Kind.RIVAL: {Ending.SENT, Ending.REFUSED},
    Kind.ROW: {Ending.SENT},
    Kind.FILE: {Ending.SENT},
    Kind.UNKNOWN_TEMPLATE: {Ending.REFUSED},
    Kind.MALFORMED: {Ending.REFUSED},
    Kind.EXPIRED: {Ending.EXPIRED},
    Kind.BRIEF: {Ending.SENT, Ending.EXPIRED},
}
REASONS = {
    Kind.RIVAL: {"idempotency_key_reused"},
    # The status alone when the provider's code was in the part of the answer that got lost.
    Kind.UNKNOWN_TEMPLATE: {"template_not_found", "status_404"},
    Kind.MALFORMED: {"not_json"},
}
_BRIEF_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Produced:
    """One mail of a producer: its own number, and the bodies that stand for it on the queue."""

    number: int
    kind: Kind
    bodies: tuple[str, ...]
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Materials:
    """What messages refer to: the slug of a Formaloo row, and a file as `attachments[].s3`."""

    row: str
    file: dict[str, str]


def produce(run: str, kinds: list[Kind], *, materials: Materials, now: float) -> list[Produced]:
    """The mails of a run, numbered from 1; a rival is two of them."""
    mails: list[Produced] = []
    for kind in kinds:
        number = len(mails) + 1
        if kind is Kind.MALFORMED:
            mails.append(Produced(number, kind, (f"{{{marker(run, number)}",)))
            continue
        fields, expires_at = _fields(kind, marker(run, number), materials, now=now)
        body = _body(run, number, fields)
        copies = 2 if kind is Kind.TWIN else 1
        mails.append(Produced(number, kind, (body,) * copies, expires_at))
        if kind is Kind.RIVAL:
            other = _body(run, number + 1, fields)
            mails.append(Produced(number + 1, kind, (other,)))
    return mails


def marker(run: str, number: int) -> str:
    """Stands in every body, whatever else is wrong with it."""
    return f"{run}-{number}."


def choose(rng: random.Random, *, forced: tuple[Kind, ...], all_kinds: bool) -> list[Kind]:
    """At least one plain mail, and some of the other kinds in any order."""
    others = [kind for kind in Kind if kind is not Kind.PLAIN]
    chosen = others if all_kinds else [kind for kind in others if rng.random() < 0.2]
    kinds = [Kind.PLAIN, *(kind for kind in chosen if kind not in forced), *forced]
    rng.shuffle(kinds)
    return kinds


def _fields(
    kind: Kind, key: str, materials: Materials, *, now: float
) -> tuple[dict[str, object], float | None]:
    fields: dict[str, object] = {"idempotencyKey": key}
    expires_at = None
    if kind is Kind.KEYLESS:
        fields = {}
    elif kind is Kind.ROW:
        fields["variablesFrom"] = {"formaloo": {"row": materials.row, "fields": {"name": "name"}}}
    elif kind is Kind.FILE:
        fields["attachments"] = [
            {"filename": "a.pdf", "contentType": "application/pdf", "s3": materials.file}
        ]
    elif kind is Kind.UNKNOWN_TEMPLATE:
        fields["templateId"] = "no-such-template"
    elif kind in (Kind.EXPIRED, Kind.BRIEF):
        expires_at = now + (_BRIEF_SECONDS if kind is Kind.BRIEF else -1.0)
        fields["expiresAt"] = datetime.fromtimestamp(expires_at, UTC).isoformat()
    return fields, expires_at


def _body(run: str, number: int, fields: dict[str, object]) -> str:
    document = {
        "templateId": "welcome",
        "to": [{"email": f"{run}-{number}@example.com", "name": f"Customer {number}"}],
        "variables": {"firstName": "Ada", "name": "Ada"},
        "metadata": {"run": run, "number": number, "marker": marker(run, number)},
    }
    return json.dumps(document | fields)
