"""Lambda's door: builds the parts once, runs a round when the schedule says so, reports it."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

import formarelay.startup  # noqa: F401 (for what its import does)
from formarelay.env import read_settings
from formarelay.errors import FormaError
from settle_unknown.announcement import announcement_of
from settle_unknown.application import Application, build
from settle_unknown.measures import COUNT, STOPPED, measures_of
from settle_unknown.settings import SweepSettings

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Runs one round, whatever the event says.

    Returns its numbers, for a person who invokes the function by hand. Raises what the ledger
    raises when it cannot be read, so that the invocation counts as failed.
    """
    app = _application()

    def remaining_seconds() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        result = app.sweep.run(remaining_seconds=remaining_seconds)
    except FormaError:
        metrics.add_metric(name=STOPPED, unit=COUNT, value=1)
        raise
    now = app.clock.wall()
    lost = 0
    for mail, email_id in result.sent:
        logger.info("found sent", extra={"relay_id": mail.relay_id, "email_id": email_id})
    if app.events is not None:
        lost = app.events.publish(
            [announcement_of(mail, email_id=email_id, at=now) for mail, email_id in result.sent],
            remaining_seconds=remaining_seconds,
        )
    numbers = {}
    for name, unit, value in measures_of(result, events_lost=lost):
        metrics.add_metric(name=name, unit=unit, value=value)
        numbers[name] = value
    log = logger.warning if result.stopped or result.left else logger.info
    log("swept", extra={"numbers": numbers, "stopped": result.stopped})
    return {**numbers, "stopped": result.stopped}


@cache
def _application() -> Application:
    """The one application of this container."""
    return build(read_settings(SweepSettings, os.environ))
