"""Lambda's door: builds the parts once, gives each batch to the service, answers SQS."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

import formarelay.startup  # noqa: F401 (for what its import does)
from formarelay.aws.events import OutcomeBus
from formarelay.env import read_settings
from formarelay.window import RATE_LIMITED
from send_email.announcement import announcement_of
from send_email.application import Application, build
from send_email.measures import COUNT, OUTCOME_EVENTS_LOST, measures_of
from send_email.outcome import Expired, HandedBack, Outcome, Sent, SetAside
from send_email.record import QueueRecord, Result
from send_email.settings import SendSettings

logger = Logger(location=None)
metrics = Metrics()


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Delivers one batch from the queue.

    Returns the partial batch response of SQS: the ids of the messages that must stay there.
    """
    # Alone of what `inject_lambda_context` adds: the log group and Lambda's own lines say the rest,
    # and the bytes of a line a mail are a tenth of the bill.
    logger.append_keys(function_request_id=context.aws_request_id)
    app = _application()
    records = [
        QueueRecord(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            body=record["body"],
            receive_count=int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)),
        )
        for record in event["Records"]
    ]

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    results = app.service.process(records, remaining_seconds=remaining_seconds)
    now = app.clock.wall()
    for result in results:
        if not _is_queued(result.outcome):
            _report(result)
    _report_queued([result for result in results if _is_queued(result.outcome)])
    for name, unit, values in measures_of(results, sent_at=_sent_at(event), now=now):
        for value in values:
            metrics.add_metric(name=name, unit=unit, value=value)
    staying = [
        (result.record, result.outcome)
        for result in results
        if isinstance(result.outcome, HandedBack)
    ]
    app.returns.delay(_waits(staying, queued=False))
    app.returns.delay(_waits(staying, queued=True), longer=app.later_turn)
    _announce(app.events, results, now, remaining_seconds)
    return {"batchItemFailures": [{"itemIdentifier": record.message_id} for record, _ in staying]}


def _waits(
    staying: list[tuple[QueueRecord, HandedBack]], *, queued: bool
) -> list[tuple[str, float]]:
    """Receipt handles and seconds of those that wait for a slot, or of the others."""
    return [
        (record.receipt_handle, back.wait_seconds)
        for record, back in staying
        if _is_queued(back) is queued
    ]


def _is_queued(outcome: Outcome) -> bool:
    """Whether the message waits for nothing but a slot."""
    return isinstance(outcome, HandedBack) and outcome.reason == RATE_LIMITED


@cache
def _application() -> Application:
    """The one application of this container."""
    return build(read_settings(SendSettings, os.environ))


def _sent_at(event: dict[str, Any]) -> dict[str, float]:
    """When each message came to the queue, in unix seconds."""
    return {
        record["messageId"]: int(record["attributes"]["SentTimestamp"]) / 1000
        for record in event["Records"]
        if "SentTimestamp" in record.get("attributes", {})
    }


def _announce(
    bus: OutcomeBus | None,
    results: list[Result],
    now: float,
    remaining_seconds: Callable[[], float],
) -> None:
    """Tells the outcome bus what has ended. Comes last: no message waits for an event."""
    if bus is None:
        return
    announcements = [
        announcement
        for result in results
        if (announcement := announcement_of(result, idempotency_key=result.idempotency_key, at=now))
    ]
    lost = bus.publish(announcements, remaining_seconds=remaining_seconds)
    if lost:
        logger.warning("outcome events lost", extra={"count": lost})
        metrics.add_metric(name=OUTCOME_EVENTS_LOST, unit=COUNT, value=lost)


def _report(result: Result) -> None:
    """One log line for the message: ids and reasons only."""
    ids = {"message_id": result.record.message_id, "relay_id": result.relay_id}
    match result.outcome:
        case Sent() as sent:
            facts = {"email_id": sent.email_id, "attempts": sent.attempts, "how": sent.how}
            if sent.blocked_recipients:
                facts["blocked_recipients"] = sent.blocked_recipients
            logger.info("sent", extra=ids | facts)
        case Expired():
            logger.warning("expired", extra=ids)
        case SetAside() as aside:
            facts = {"reason": aside.reason, "detail": aside.detail, "attempts": aside.attempts}
            logger.warning("set aside", extra=ids | facts)
        case HandedBack() as back:
            facts = {
                "reason": back.reason,
                "wait_seconds": round(back.wait_seconds, 1),
                "error": back.error,
            }
            if result.failure:
                logger.error("handed back", extra=ids | facts | _trace(result.failure))
            else:
                logger.warning("handed back", extra=ids | facts)


def _report_queued(results: list[Result]) -> None:
    """One log line for all messages that wait for a slot: in a backlog, lines cost more than the
    mail."""
    if results:
        ids = [result.record.message_id for result in results]
        facts = {"reason": RATE_LIMITED, "message_ids": ids}
        logger.warning("handed back", extra=facts)


def _trace(failure: BaseException) -> dict[str, Any]:
    """Where it happened. Not its text, which may quote the message."""
    frames = traceback.extract_tb(failure.__traceback__)
    return {
        "failure": type(failure).__name__,
        "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
