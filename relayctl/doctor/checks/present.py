"""How the stack is doing at the moment."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import UnseenError
from relayctl.doctor.snapshot import PUBLISHER, Snapshot

# Where the stack has no parameter of its own for it.
OLDEST_MESSAGE_SECONDS = 3600
# Three publications missed, and some.
SILENT_SECONDS = 1200


@check(
    "stack-status",
    "The last deployment ended well",
    reason="A stack that was rolled back runs something else than you think.",
    fix="See the stack's events for what failed, and deploy again.",
    severity=Severity.WARNING,
)
def status(snapshot: Snapshot) -> Iterator[str]:
    status = snapshot.stack.status
    if "ROLLBACK" in status or "FAILED" in status:
        yield f"the stack is {status}"


@check(
    "stack-resources",
    "Everything that the stack made still exists",
    reason="What was deleted by hand is missing until a deployment makes it again.",
    fix=(
        "Make it again as in the template. CloudFormation believes that it exists, and makes it "
        "only under another logical id."
    ),
    severity=Severity.CRITICAL,
)
def resources(snapshot: Snapshot) -> Iterator[str]:
    unseen: UnseenError | None = None
    for name, fact in snapshot.resources():
        try:
            fact.seen()
        except UnseenError as error:
            if error.gone:
                yield f"{name} does not exist"
            else:
                unseen = unseen or error
    if unseen is not None:
        raise unseen


@check(
    "dead-letters",
    "No message is set aside",
    reason="Each is a mail that was not sent, and SQS deletes it after 14 days.",
    fix="python -m relayctl dead-letters explain says why, and what a replay would do.",
    severity=Severity.WARNING,
)
def dead_letters(snapshot: Snapshot) -> Iterator[str]:
    queue = snapshot.dead_letter_queue()
    count = queue.visible + queue.in_flight
    if count:
        yield f"about {count} in the dead-letter queue"


@check(
    "oldest-message",
    "No message waits for longer than the alarm for it allows",
    reason="Mail is late, and after 14 days lost.",
    fix="See gate-open, mapping-enabled, limit-learned and the log of send_email for why.",
    severity=Severity.WARNING,
)
def oldest_message(snapshot: Snapshot) -> Iterator[str]:
    age = snapshot.oldest_message_seconds.seen()
    most = snapshot.stack.parameters.get("OldestMessageSeconds", OLDEST_MESSAGE_SECONDS)
    if age is not None and age > float(most):
        yield f"the oldest message has waited for {age / 60:.0f} minutes"


@check(
    "usage-published",
    f"Usage was published within the last {SILENT_SECONDS // 60} minutes",
    reason="While nobody publishes, everything looks green, and the quota ends unseen.",
    fix="See the log of publish_usage; schedules-enabled and function-active say whether it runs.",
    severity=Severity.WARNING,
)
def usage(snapshot: Snapshot) -> Iterator[str]:
    if PUBLISHER not in snapshot.functions:
        return
    # A new function is given the time for its first publications.
    since = max(snapshot.last_usage_at.seen(), snapshot.functions[PUBLISHER].seen().modified_at)
    silent = snapshot.now - since
    if silent > SILENT_SECONDS:
        yield f"nothing was published for {silent / 60:.0f} minutes"


CHECKS = (status, resources, dead_letters, oldest_message, usage)
