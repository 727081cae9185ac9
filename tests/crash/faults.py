"""What goes wrong in a run beside the kill. The names stand in reports and on the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.crash.messages import Kind

SEND = "POST /emails/send"
LIST = "GET /emails"
ROW = "GET /rows/{slug}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One column of the matrix.

    Args:
        shows: What it stands for in the real world.
        rules: Lines of the sandbox's fault script, as (route, fault, times), None for ever.
        profile: Knobs of the sandbox.
        heals: Before which delivery, counted from 0, rules and knobs end; None for never.
        outage: (service, requests, deaf): what an AWS service or a provider does to one process.
        kinds: Messages that the run has in any case.
        at_once: Two processes get the same messages at the same time.
        visibility_seconds: How long a received message stays hidden; None for a random choice.
        hold: Runs with `OnUnknown=hold`.
        may_hold: Mails may end in the dead-letter queue with their outcome unknown.
        rotates: The key is replaced and revoked between its reading and its first use.
        rights: Permissions of the key; None for all.
        sweep: Between which deliveries the sweep runs: `between` two, or `beside` one; empty for
            not at all.
        swept_to: Where an earlier sweep stopped in the table; empty for at its end.
    """

    shows: str
    rules: tuple[tuple[str, str, int | None], ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)
    heals: int | None = None
    outage: tuple[str, int, bool] | None = None
    kinds: tuple[Kind, ...] = ()
    at_once: bool = False
    visibility_seconds: int | None = None
    hold: bool = False
    may_hold: bool = False
    rotates: bool = False
    rights: tuple[str, ...] | None = None
    sweep: str = ""
    swept_to: str = ""


_LOST = (SEND, "accept_then_drop", 2)
_NOT_TAKEN = (SEND, "drop_before_accept", 2)

FAULTS: dict[str, Fault] = {
    "none": Fault(shows="nothing but the kill"),
    # The call to send a mail.
    "accept-drop": Fault(shows="accepted, then the connection is closed", rules=(_LOST,)),
    "accept-503": Fault(
        shows="accepted, answered 503", rules=((SEND, "accept_then_status:503", 2),)
    ),
    "accept-hang": Fault(
        shows="accepted, no answer within the timeout", rules=((SEND, "accept_then_hang:0.8", 1),)
    ),
    "accept-truncated": Fault(
        shows="accepted, the answer breaks off", rules=((SEND, "truncated", 2),)
    ),
    "accept-empty": Fault(shows="accepted, 201 without a body", rules=((SEND, "empty", 2),)),
    "accept-html": Fault(
        shows="accepted, answered with HTML", rules=((SEND, "accept_then_html:200", 2),)
    ),
    "drop": Fault(shows="the connection is closed before acceptance", rules=(_NOT_TAKEN,)),
    "hang": Fault(
        shows="not accepted, no answer within the timeout", rules=((SEND, "hang:0.8", 1),)
    ),
    "500": Fault(shows="not accepted, answered 500", rules=((SEND, "status:500", 2),)),
    "502-html": Fault(shows="not accepted, 502 from a proxy", rules=((SEND, "html:502", 2),)),
    "429": Fault(shows="throttled for 7 s", rules=((SEND, "retry_after:7", 2),)),
    "outage": Fault(
        shows="answers 503 to everything for three deliveries",
        rules=((SEND, "status:503", None), (LIST, "status:503", None)),
        heals=3,
    ),
    "quota": Fault(
        shows="the quota is used up, and renewed later", profile={"quota_limit": 0}, heals=2
    ),
    "401": Fault(shows="the key is refused once", rules=((SEND, "status:401", 1),)),
    "rotated": Fault(shows="the key is replaced and revoked before its use", rotates=True),
    "403": Fault(shows="the key lacks the right to send, once", rules=((SEND, "status:403", 1),)),
    "refused": Fault(
        shows="connections to the provider are refused", outage=("forma-mail", 2, False)
    ),
    # The look-up of a mail whose outcome is unknown.
    "list-drop": Fault(
        shows="answer of the call lost, and that of the look-up",
        rules=(_LOST, (LIST, "accept_then_drop", 2)),
    ),
    "list-500": Fault(
        shows="not accepted, look-up answered 500", rules=(_NOT_TAKEN, (LIST, "status:500", 2))
    ),
    "list-403": Fault(
        shows="answer lost, and the key may not read",
        rules=(_LOST,),
        rights=("emails:send",),
        may_hold=True,
    ),
    "list-late": Fault(
        shows="answer lost, and the mail is listed 30 s late",
        rules=(_LOST,),
        profile={"list_lag_seconds": 30},
        visibility_seconds=20,
    ),
    "hold": Fault(
        shows="not accepted, no answer, OnUnknown=hold",
        rules=(_NOT_TAKEN,),
        hold=True,
        may_hold=True,
    ),
    # The sweep, before and beside the redelivery of what it settles.
    # Three, so that in a thorough run one of them is neither refused nor soon expired.
    "swept": Fault(
        shows="answer lost, then a sweep", rules=((SEND, "accept_then_drop", 3),), sweep="between"
    ),
    "swept-absent": Fault(shows="not accepted, then a sweep", rules=(_NOT_TAKEN,), sweep="between"),
    "swept-beside": Fault(
        shows="answer lost, a sweep beside the redelivery", rules=(_LOST,), sweep="beside"
    ),
    "swept-absent-beside": Fault(
        shows="not accepted, a sweep beside the redelivery", rules=(_NOT_TAKEN,), sweep="beside"
    ),
    "swept-hold": Fault(
        shows="not accepted, OnUnknown=hold, then a sweep",
        rules=(_NOT_TAKEN,),
        hold=True,
        may_hold=True,
        sweep="between",
    ),
    "swept-on": Fault(
        shows="answer lost, then a sweep that begins in the middle of the table",
        rules=(_LOST,),
        sweep="between",
        swept_to="mail#8",
    ),
    "swept-429": Fault(
        shows="answer lost, then a sweep that is throttled",
        rules=(_LOST, (LIST, "retry_after:7", 1)),
        sweep="between",
    ),
    # The messages.
    "unknown-template": Fault(
        shows="mails that the provider refuses", kinds=(Kind.UNKNOWN_TEMPLATE,) * 2
    ),
    "malformed": Fault(shows="bodies that are no JSON", kinds=(Kind.MALFORMED,) * 2),
    "rivals": Fault(shows="the same key with other content", kinds=(Kind.RIVAL,)),
    "expiring": Fault(
        shows="mails that expire while they wait", rules=(_NOT_TAKEN,), kinds=(Kind.BRIEF,) * 2
    ),
    "row-500": Fault(
        shows="Formaloo answers 500", rules=((ROW, "status:500", 2),), kinds=(Kind.ROW,)
    ),
    "row-drop": Fault(
        shows="Formaloo's answer is lost", rules=((ROW, "accept_then_drop", 2),), kinds=(Kind.ROW,)
    ),
    # The deliveries.
    "at-once": Fault(shows="delivered to two processes at once", at_once=True, kinds=(Kind.TWIN,)),
    "at-once-drop": Fault(
        shows="the same, and answers are lost", at_once=True, rules=(_LOST,), kinds=(Kind.TWIN,)
    ),
    "early": Fault(shows="delivered again while its claim is live", visibility_seconds=1),
    # AWS.
    "ledger-down": Fault(shows="DynamoDB is unreachable", outage=("dynamodb", 4, False)),
    "ledger-deaf": Fault(
        shows="DynamoDB executes, its answers are lost", outage=("dynamodb", 4, True)
    ),
    "ledger-blip": Fault(shows="one answer of DynamoDB is lost", outage=("dynamodb", 1, True)),
    "queue-down": Fault(
        shows="SQS is unreachable", outage=("sqs", 4, False), kinds=(Kind.MALFORMED,)
    ),
    "queue-deaf": Fault(
        shows="SQS executes, its answers are lost", outage=("sqs", 4, True), kinds=(Kind.MALFORMED,)
    ),
    "files-down": Fault(shows="S3 is unreachable", outage=("s3", 4, False), kinds=(Kind.FILE,)),
    "files-deaf": Fault(shows="S3's answers are lost", outage=("s3", 4, True), kinds=(Kind.FILE,)),
    "bus-down": Fault(shows="EventBridge is unreachable", outage=("events", 4, False)),
    "bus-deaf": Fault(shows="EventBridge's answers are lost", outage=("events", 4, True)),
    "secrets-down": Fault(
        shows="Secrets Manager is unreachable", outage=("secretsmanager", 4, False)
    ),
}
