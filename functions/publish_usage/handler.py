"""Lambda's door: one round of usage each time the schedule says so."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

import formarelay.startup  # noqa: F401 (for what its import does)
from formarelay.env import read_settings
from formarelay.redact import mask
from publish_usage.application import build
from publish_usage.service import Round, UsageService
from publish_usage.settings import UsageSettings

logger = Logger()

# Kept at the end of an invocation for the history, the gate and the metrics.
MARGIN_SECONDS = 30.0
_LONGEST_RAW = 4000


@logger.inject_lambda_context
def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Makes one round, whatever the event says.

    Returns what was not answered, by question, and why; empty when all was.

    Raises:
        TransientError: The numbers could not be published.
    """
    remaining_seconds = context.get_remaining_time_in_millis() / 1000
    found = _service().publish(within_seconds=max(1.0, remaining_seconds - MARGIN_SECONDS))
    _report(found)
    return {"failures": {question: one.reason for question, one in found.failures.items()}}


@cache
def _service() -> UsageService:
    """The one service of this container."""
    return build(read_settings(UsageSettings, os.environ))


def _report(found: Round) -> None:
    """One line for what was published, and one for each thing that is wrong."""
    for question, failure in found.failures.items():
        facts = {"question": question, "reason": failure.reason, "detail": failure.detail}
        logger.warning("not answered", extra=facts | {"trace": failure.trace})
    for resource, reason in found.doubts.items():
        logger.warning("not believed", extra={"resource": resource, "reason": reason})
    logger.info(
        "published",
        extra={
            "metrics": len(found.data),
            "figures": {_place(datum.dimensions, datum.name): datum.value for datum in found.data},
            # No document gives its shape: this is what a mapping would be made from.
            "formaloo_usage": _raw(found.form_usage),
        },
    )


def _place(dimensions: Mapping[str, str], name: str) -> str:
    return " ".join([*dimensions.values(), name])


def _raw(answer: Mapping[str, object] | None) -> str:
    return "" if answer is None else mask(json.dumps(answer))[:_LONGEST_RAW]
