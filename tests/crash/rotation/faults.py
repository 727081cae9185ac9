"""What goes wrong in a rotation beside the kill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KEY = "forma-mail"
PAIR = "formaloo"

_CREATE = "POST /api-keys"
_LIST = "GET /api-keys"
_REVOKE = "POST /api-keys/{id}/revoke"
_LOGIN = "POST /auth/login"
_SWAP = "GET /keys/"
_GRACE = {"formaloo_old_pair_grace_seconds": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the matrix.

    Args:
        shows: What it stands for in the real world.
        secret: Which of the two is rotated.
        rules: Lines of the sandbox's fault script, as (route, fault, times).
        profile: Knobs of the sandbox.
        heals: Before which attempt, counted from 0, rules and knobs end; None for never.
        outage: (service, requests, deaf): what an AWS service does to one process.
        foreign_keys: Live keys of somebody else in the same account.
        given: A person has stored the new key as the pending version before the first step.
        at_once: A second process makes each step at the same time.
        retires: A round of retiring runs beside each step.
        may_need_person: The rotation may ask for a person, who then stores the present pair.
    """

    shows: str
    secret: str = KEY
    rules: tuple[tuple[str, str, int], ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)
    heals: int | None = None
    outage: tuple[str, int, bool] | None = None
    foreign_keys: int = 0
    given: bool = False
    at_once: bool = False
    retires: bool = False
    may_need_person: bool = False


FAULTS: dict[str, Fault] = {
    "none": Fault(shows="a key is rotated; nothing but the kill"),
    "mint-drop": Fault(
        shows="a key is made, and the answer lost", rules=((_CREATE, "accept_then_drop", 2),)
    ),
    "mint-503": Fault(
        shows="a key is made, answered 503", rules=((_CREATE, "accept_then_status:503", 1),)
    ),
    "mint-broken": Fault(
        shows="a key is made, and the answer breaks off", rules=((_CREATE, "broken_json", 1),)
    ),
    "mint-html": Fault(shows="no key is made, 502 from a proxy", rules=((_CREATE, "html", 2),)),
    "mint-nonsense": Fault(
        shows="a key is made, answered without a body", rules=((_CREATE, "empty", 1),)
    ),
    "login-500": Fault(shows="the dashboard lets nobody in", rules=((_LOGIN, "status:500", 3),)),
    "list-drop": Fault(shows="the list of keys is lost", rules=((_LIST, "accept_then_drop", 3),)),
    "revoke-drop": Fault(
        shows="a key is revoked, and the answer lost", rules=((_REVOKE, "accept_then_drop", 2),)
    ),
    "revoke-503": Fault(shows="no key is revoked for a while", rules=((_REVOKE, "status:503", 4),)),
    "test-403": Fault(
        shows="the new key is accepted and lacks a right", rules=(("GET /emails", "status:403", 2),)
    ),
    "inactive": Fault(
        shows="a new key is refused for its first 90 s", profile={"key_activation_seconds": 90}
    ),
    "key-limit": Fault(
        shows="no further key may be made for a while",
        profile={"key_limit": 2},
        foreign_keys=1,
        heals=3,
    ),
    "given": Fault(shows="a person has stored a new key as the pending version", given=True),
    "at-once": Fault(shows="two processes make the same steps at once", at_once=True),
    "retire-beside": Fault(shows="old keys are retired during the steps", retires=True),
    "journal-down": Fault(shows="DynamoDB is down", outage=("dynamodb", 2, False)),
    "journal-deaf": Fault(shows="answers of DynamoDB are lost", outage=("dynamodb", 2, True)),
    "secrets-down": Fault(shows="Secrets Manager is down", outage=("secretsmanager", 2, False)),
    "secrets-deaf": Fault(
        shows="answers of Secrets Manager are lost", outage=("secretsmanager", 2, True)
    ),
    "pair": Fault(shows="a pair is rotated; nothing but the kill", secret=PAIR, profile=_GRACE),
    "pair-drop": Fault(
        shows="the pair is swapped, and the answer lost",
        secret=PAIR,
        profile=_GRACE,
        rules=((_SWAP, "accept_then_drop", 1),),
    ),
    "pair-503": Fault(
        shows="the pair is not swapped, answered 503",
        secret=PAIR,
        profile=_GRACE,
        rules=((_SWAP, "status:503", 1),),
    ),
    "pair-broken": Fault(
        shows="the pair is swapped, and half of the answer comes",
        secret=PAIR,
        profile=_GRACE,
        rules=((_SWAP, "broken_json", 1),),
    ),
    "pair-lost": Fault(
        shows="the pair is swapped, the answer lost, and the old pair dead at once",
        secret=PAIR,
        profile={"formaloo_tokens_survive_rotation": False},
        rules=((_SWAP, "accept_then_drop", 1),),
        may_need_person=True,
    ),
    "pair-journal": Fault(
        shows="a pair is rotated, and answers of DynamoDB are lost",
        secret=PAIR,
        profile=_GRACE,
        outage=("dynamodb", 2, True),
    ),
    "pair-secrets": Fault(
        shows="a pair is rotated, and answers of Secrets Manager are lost",
        secret=PAIR,
        profile=_GRACE,
        outage=("secretsmanager", 2, True),
    ),
    "pair-at-once": Fault(
        shows="two processes make the steps of a pair at once",
        secret=PAIR,
        profile=_GRACE,
        at_once=True,
    ),
}
