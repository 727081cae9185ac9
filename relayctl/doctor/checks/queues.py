"""The two queues: how long they keep and hide messages, and who may touch them."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.policy import ANYBODY, Statement
from relayctl.doctor.snapshot import DEAD_LETTER_QUEUE, EMAIL_QUEUE, Snapshot

# AWS Lambda, "Using Lambda with Amazon SQS": the advised ratio.
VISIBILITY_RATIO = 6
# Amazon SQS quotas: the longest that a queue keeps a message, and the highest receive count.
LONGEST_RETENTION_SECONDS = 14 * 24 * 3600
MOST_RECEIVES = 1000

_PLAIN_HTTP = "the emulator speaks plain HTTP, which such a policy refuses"


@check(
    "queue-visibility",
    "A message stays hidden six times as long as the sender may run",
    reason="Else SQS hands a message out again while the first delivery still works on it.",
    fix=(
        "Deploy with VisibilityTimeoutSeconds of at least six times SendTimeoutSeconds, or "
        "restore what was changed by hand."
    ),
    severity=Severity.CRITICAL,
)
def visibility(snapshot: Snapshot) -> Iterator[str]:
    hidden = snapshot.email_queue().visibility_timeout_seconds
    timeout = snapshot.sender().timeout_seconds
    if hidden < VISIBILITY_RATIO * timeout:
        yield f"hidden for {hidden} s, and the sender may run for {timeout} s"


@check(
    "queue-retention",
    "The email queue keeps a message for 14 days",
    reason="An outage that lasts longer than the queue keeps messages loses them.",
    fix="Restore MessageRetentionPeriod of EmailQueue to 1209600, as in the template.",
    severity=Severity.CRITICAL,
)
def retention(snapshot: Snapshot) -> Iterator[str]:
    kept = snapshot.email_queue().retention_seconds
    if kept < LONGEST_RETENTION_SECONDS:
        yield f"{EMAIL_QUEUE} keeps a message for {_days(kept)}"


@check(
    "queue-receives",
    "SQS gives a message up only after 1000 receives",
    reason=(
        "Each throttle and each pause is a receive and no attempt; with fewer, an outage sets good "
        "mail aside."
    ),
    fix="Restore maxReceiveCount of EmailQueue to 1000, as in the template.",
    severity=Severity.CRITICAL,
)
def receives(snapshot: Snapshot) -> Iterator[str]:
    count = snapshot.email_queue().receives
    if count is not None and count < MOST_RECEIVES:
        yield f"{EMAIL_QUEUE} gives a message up after {count} receives"


@check(
    "queue-dead-letters",
    "The email queue gives messages up to this stack's dead-letter queue",
    reason="Else a message that kills the sender comes back until SQS deletes it unseen.",
    fix="Restore RedrivePolicy of EmailQueue, as in the template.",
    severity=Severity.CRITICAL,
)
def redrive(snapshot: Snapshot) -> Iterator[str]:
    target = snapshot.email_queue().dead_letter_arn
    wanted = snapshot.dead_letter_queue().arn
    if not target:
        yield f"{EMAIL_QUEUE} has no dead-letter queue"
    elif target != wanted:
        yield f"{EMAIL_QUEUE} gives messages up to {target}, not to {wanted}"


@check(
    "dead-letter-retention",
    "The dead-letter queue keeps a message for 14 days",
    reason="Whoever is on call needs the time to look at it; SQS deletes without a word.",
    fix="Restore MessageRetentionPeriod of DeadLetterQueue to 1209600, as in the template.",
    severity=Severity.CRITICAL,
)
def dead_letter_retention(snapshot: Snapshot) -> Iterator[str]:
    kept = snapshot.dead_letter_queue().retention_seconds
    if kept < LONGEST_RETENTION_SECONDS:
        yield f"{DEAD_LETTER_QUEUE} keeps a message for {_days(kept)}"


@check(
    "dead-letter-sources",
    "Only the email queue may give messages up to the dead-letter queue",
    reason="Messages of another queue would be replayed as mail, and hide those of this one.",
    fix="Restore RedriveAllowPolicy of DeadLetterQueue, as in the template.",
    severity=Severity.WARNING,
)
def dead_letter_sources(snapshot: Snapshot) -> Iterator[str]:
    queue = snapshot.dead_letter_queue()
    if queue.redrive_permission == "denyAll":
        yield f"{DEAD_LETTER_QUEUE} takes from no queue"
    elif queue.redrive_permission != "byQueue":
        yield f"{DEAD_LETTER_QUEUE} takes from every queue"
    else:
        source = snapshot.email_queue().arn
        if queue.redrive_sources != (source,):
            others = ", ".join(queue.redrive_sources) or "none"
            yield f"{DEAD_LETTER_QUEUE} takes from {others}, not from {source} alone"


@check(
    "queue-encryption",
    "Both queues are encrypted at rest",
    reason="Message bodies hold addresses and what people are written.",
    fix="Restore SqsManagedSseEnabled, as in the template; a KMS key of yours is as good.",
    severity=Severity.WARNING,
)
def encryption(snapshot: Snapshot) -> Iterator[str]:
    for name, queue in seen(snapshot.queues):
        if not queue.encrypted:
            yield f"{name} is not encrypted"


@check(
    "queue-tls",
    "Both queues refuse everything that does not come over TLS",
    reason="Over plain HTTP, anybody on the way reads the mail and may change it.",
    fix="Restore the queue's policy: it denies everything without aws:SecureTransport.",
    severity=Severity.WARNING,
    not_locally=_PLAIN_HTTP,
)
def tls(snapshot: Snapshot) -> Iterator[str]:
    for name, queue in seen(snapshot.queues):
        if not any(_denies_plain_http(statement) for statement in queue.statements):
            yield f"{name} takes calls without TLS"


@check(
    "queue-senders",
    "Only named senders may use the queues",
    reason="Whoever may put a message on the queue sends mail in your name.",
    fix=(
        "Remove the statement from the queue's policy; name producers in ProducerSourceArns "
        "instead."
    ),
    severity=Severity.CRITICAL,
)
def senders(snapshot: Snapshot) -> Iterator[str]:
    for name, queue in seen(snapshot.queues):
        for statement in queue.statements:
            if statement.allows and ANYBODY in statement.principals and not statement.conditions:
                yield f"{name} allows {', '.join(statement.actions)} to everybody"


def _denies_plain_http(statement: Statement) -> bool:
    return (
        not statement.allows
        and ANYBODY in statement.principals
        and statement.covers("sqs:SendMessage")
        and statement.covers("sqs:ReceiveMessage")
        and statement.conditions.get("Bool", {}).get("aws:SecureTransport") == ("false",)
    )


def _days(seconds: int) -> str:
    return f"{seconds / 86400:g} days"


CHECKS = (
    visibility,
    retention,
    receives,
    redrive,
    dead_letter_retention,
    dead_letter_sources,
    encryption,
    tls,
    senders,
)
