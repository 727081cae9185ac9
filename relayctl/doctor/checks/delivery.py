"""How messages get from the queue to the sender."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.models import MappingFacts
from relayctl.doctor.snapshot import SENDER, Snapshot

# send_email sends all mails of a batch at once, over as many threads.
LARGEST_BATCH = 10
PARTIAL_RESPONSES = "ReportBatchItemFailures"
_AT_WORK = {"Enabled", "Enabling", "Updating", "Creating"}


@check(
    "mapping-enabled",
    "The email queue feeds the sender",
    reason="While it does not, nothing is sent, and nothing else fails.",
    fix=(
        "Enable the event source mapping of SendEmailFunction; if it was deleted, make it again as "
        "in the template."
    ),
    severity=Severity.CRITICAL,
)
def enabled(snapshot: Snapshot) -> Iterator[str]:
    mappings = _mappings(snapshot)
    if not mappings:
        yield f"{SENDER} has no event source mapping of the email queue"
    for mapping in mappings:
        if mapping.state not in _AT_WORK:
            yield f"the event source mapping is {mapping.state}"


@check(
    "mapping-single",
    "Nothing but the email queue feeds the sender, and it does so once",
    reason="A second mapping doubles the concurrency; another queue has none of these guards.",
    fix="Delete the event source mapping that the template did not make.",
    severity=Severity.WARNING,
)
def single(snapshot: Snapshot) -> Iterator[str]:
    source = snapshot.email_queue().arn
    for mapping in snapshot.mappings.seen():
        if mapping.source_arn != source:
            yield f"{SENDER} is also fed from {mapping.source_arn}"
    count = len(_mappings(snapshot))
    if count > 1:
        yield f"the email queue feeds {SENDER} {count} times"


@check(
    "mapping-partial",
    "The sender may hand back single messages of a batch",
    reason="Without ReportBatchItemFailures, SQS deletes the messages that it hands back.",
    fix="Restore FunctionResponseTypes of the mapping, as in the template.",
    severity=Severity.CRITICAL,
)
def partial(snapshot: Snapshot) -> Iterator[str]:
    for mapping in _mappings(snapshot):
        if PARTIAL_RESPONSES not in mapping.response_types:
            yield f"the event source mapping lacks {PARTIAL_RESPONSES}"


@check(
    "mapping-batch",
    f"A batch has no more than {LARGEST_BATCH} messages, and is not waited for",
    reason="The sender sends ten at once: of a larger batch the rest waits hidden, to no use.",
    fix="Restore BatchSize 10 without a batching window, as in the template.",
    severity=Severity.WARNING,
)
def batch(snapshot: Snapshot) -> Iterator[str]:
    for mapping in _mappings(snapshot):
        if mapping.batch_size > LARGEST_BATCH:
            yield f"a batch has up to {mapping.batch_size} messages"
        if mapping.window_seconds:
            yield f"a batch is waited for {mapping.window_seconds} s"


@check(
    "mapping-filter",
    "The event source mapping filters nothing out",
    reason="Lambda deletes what a filter does not match, without a trace.",
    fix="Remove the filter criteria; refuse messages in send_email, where they are set aside.",
    severity=Severity.CRITICAL,
)
def unfiltered(snapshot: Snapshot) -> Iterator[str]:
    for mapping in _mappings(snapshot):
        if mapping.filtered:
            yield "the event source mapping has filter criteria"


@check(
    "mapping-concurrency",
    "The event source mapping bounds how many copies of the sender run",
    reason="Without a bound, a backlog takes the concurrency of the whole account.",
    fix="Deploy with the MaximumConcurrency that you want, or restore what was changed by hand.",
    severity=Severity.WARNING,
)
def concurrency(snapshot: Snapshot) -> Iterator[str]:
    wanted = snapshot.stack.parameters.get("MaximumConcurrency", "")
    for mapping in _mappings(snapshot):
        if mapping.maximum_concurrency is None:
            yield "the event source mapping has no maximum concurrency"
        elif wanted and mapping.maximum_concurrency != int(wanted):
            yield (
                f"the maximum concurrency is {mapping.maximum_concurrency}, and the stack was "
                f"deployed with {wanted}"
            )


@check(
    "reserved-concurrency",
    "The sender's reserved concurrency leaves room for the mapping's maximum",
    reason="With less, Lambda throttles its own poller, and each throttle uses up a receive.",
    fix="Raise the reserved concurrency of SendEmailFunction, remove it, or lower the maximum.",
    severity=Severity.CRITICAL,
)
def reserved(snapshot: Snapshot) -> Iterator[str]:
    reservation = snapshot.concurrency[SENDER].seen()
    if reservation is None:
        return
    for mapping in _mappings(snapshot):
        most = mapping.maximum_concurrency
        if reservation == 0:
            yield f"{SENDER} may not run at all: its reserved concurrency is 0"
        elif most is not None and reservation < most:
            yield f"{reservation} copies may run, and the mapping starts up to {most}"


def _mappings(snapshot: Snapshot) -> list[MappingFacts]:
    """Those of the email queue; as a rule, one."""
    source = snapshot.email_queue().arn
    return [mapping for mapping in snapshot.mappings.seen() if mapping.source_arn == source]


CHECKS = (enabled, single, partial, batch, unfiltered, concurrency, reserved)
