"""Lambda's door: Secrets Manager's steps, and the schedule's rounds of retiring."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext
from msgspec.structs import asdict

import formarelay.startup  # noqa: F401 (for what its import does)
from formarelay.env import read_settings
from formarelay.errors import FormaError, OperatorNeededError
from rotate_keys.application import build
from rotate_keys.contract import RetireEvent, StepEvent, read_event
from rotate_keys.measures import Measure, measures_of_round, measures_of_step
from rotate_keys.report import Report
from rotate_keys.service import RotationService
from rotate_keys.settings import RotateSettings

logger = Logger()
metrics = Metrics()


class RotationFailedError(Exception):
    """What Secrets Manager sees of a step that is not done. Free of secrets."""


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Makes one step, or one round of retiring.

    A step returns nothing, and raises when it is not done: Secrets Manager calls it again. A round
    returns what it tells of each secret, as `{"secrets": [...]}`.
    """
    service = _service()

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        request = read_event(event, secret_arns=service.secret_arns)
        if isinstance(request, RetireEvent):
            reports = service.retire(request, remaining_seconds=remaining_seconds)
            _measure(measures_of_round(reports))
            for report in reports:
                _log("retired", report)
            return {"secrets": [asdict(report) for report in reports]}
        report = service.step(request, remaining_seconds=remaining_seconds)
    except FormaError as error:
        failure = error
    else:
        _measure(measures_of_step(report))
        _log(_step_of(request), report)
        return None
    _measure(measures_of_step(_failed(failure)))
    logger.error("not done", extra={"problem": str(failure), "failure": type(failure).__name__})
    # Outside the handler of the error: what caused it may quote what it could not read.
    raise RotationFailedError(f"{type(failure).__name__}: {failure}")


@cache
def _service() -> RotationService:
    """The one service of this container."""
    return build(read_settings(RotateSettings, os.environ))


def _step_of(request: StepEvent) -> str:
    return request.step.value


def _failed(error: FormaError) -> Report:
    return Report(
        provider="", problem=str(error), operator_needed=isinstance(error, OperatorNeededError)
    )


def _measure(measures: list[Measure]) -> None:
    for name, unit, value in measures:
        metrics.add_metric(name=name, unit=unit, value=value)


def _log(what: str, report: Report) -> None:
    facts = asdict(report)
    if report.problem:
        logger.warning(what, extra=facts)
    else:
        logger.info(what, extra=facts)
