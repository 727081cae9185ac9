"""Lambda's door: builds the parts once, gives each batch to the service, answers SQS."""

from __future__ import annotations

import os
import traceback
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from formarelay.env import read_settings
from send_email.application import Application, build
from send_email.outcome import Expired, HandedBack, Sent, SetAside
from send_email.service import QueueRecord, Result
from send_email.settings import SendSettings

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Delivers one batch from the queue.

    Returns the partial batch response of SQS: the ids of the messages that must stay there.
    """
    app = _application()
    records = [
        QueueRecord(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            body=record["body"],
        )
        for record in event["Records"]
    ]
    results = app.service.process(
        records, remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000
    )
    for result in results:
        _report(result)
    staying = [
        (result.record, result.outcome)
        for result in results
        if isinstance(result.outcome, HandedBack)
    ]
    app.returns.delay([(record.receipt_handle, back.wait_seconds) for record, back in staying])
    return {"batchItemFailures": [{"itemIdentifier": record.message_id} for record, _ in staying]}


@cache
def _application() -> Application:
    """The one application of this container."""
    return build(read_settings(SendSettings, os.environ))


def _report(result: Result) -> None:
    """One log line and one count a message: ids and reasons only."""
    ids = {"message_id": result.record.message_id, "relay_id": result.relay_id}
    match result.outcome:
        case Sent() as sent:
            facts = {"email_id": sent.email_id, "attempts": sent.attempts, "how": sent.how}
            if sent.blocked_recipients:
                facts["blocked_recipients"] = sent.blocked_recipients
            logger.info("sent", extra=ids | facts)
            _count("Sent")
        case Expired():
            logger.warning("expired", extra=ids)
            _count("Expired")
        case SetAside() as aside:
            facts = {"reason": aside.reason, "detail": aside.detail, "attempts": aside.attempts}
            logger.warning("set aside", extra=ids | facts)
            _count("SetAside")
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
            _count("HandedBack")


def _trace(failure: BaseException) -> dict[str, Any]:
    """Where it happened. Not its text, which may quote the message."""
    frames = traceback.extract_tb(failure.__traceback__)
    return {
        "failure": type(failure).__name__,
        "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
