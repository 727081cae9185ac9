"""Every invocation of a function is measured, and what it logs as metrics becomes metrics.

The emulator alone measures only direct calls, and an asynchronous one before it has run; metrics in
the log stay text. `EMFValidationErrors` of AWS/Logs counts documents that break the format.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from local.emulator.cloudwatch import points
from local.emulator.cloudwatch.embedded import EmbeddedMetricError, measurements
from local.emulator.cloudwatch.points import Metric
from local.emulator.internals import ModuleFunction

_LAMBDA = "ministack.services.lambda_svc"
_LOG = ModuleFunction(
    module=_LAMBDA,
    name="_emit_lambda_logs",
    parameters=("func", "request_id", "log_text", "error", "duration_ms", "log_source"),
)
_MEASURE = ModuleFunction(
    module=_LAMBDA,
    name="_emit_lambda_metrics",
    parameters=("function_name", "duration_ms", "error", "throttle"),
)
INTERNALS = (*points.INTERNALS, _LOG, _MEASURE)

NAMESPACE = "AWS/Lambda"
_log = logging.getLogger("lambda")


def measure(name: str, *, error: bool, duration_ms: float, now: float) -> None:
    """One invocation that ran."""
    figures = {"Invocations": 1.0, "Errors": float(error), "Throttles": 0.0}
    for metric, value in figures.items():
        _add(name, metric, value, unit="Count", now=now)
    _add(name, "Duration", duration_ms, unit="Milliseconds", now=now)


def _add(name: str, metric: str, value: float, *, unit: str, now: float) -> None:
    points.add(Metric(NAMESPACE, metric, {"FunctionName": name}), [value], unit=unit, timestamp=now)


def extract(log_text: str, *, log_group: str, now: float) -> None:
    """Stores the metrics of all lines."""
    for line in log_text.splitlines():
        try:
            found = measurements(line, now=now)
        except EmbeddedMetricError as error:
            _log.warning("no metrics from a line in %s: %s", log_group, error)
            metric = Metric("AWS/Logs", "EMFValidationErrors", {"LogGroupName": log_group})
            points.add(metric, [1.0], unit="Count", timestamp=now)
            continue
        for each in found:
            points.add(each.metric, each.values, unit=each.unit, timestamp=each.timestamp)


def apply() -> None:
    log = _LOG.read()

    def log_and_measure(
        func: dict[str, Any],
        request_id: str,
        log_text: str,
        error: bool,
        duration_ms: float,
        *,
        log_source: str | None = None,
    ) -> None:
        log(func, request_id, log_text, error, duration_ms, log_source=log_source)
        config = func.get("config") or func
        name, now = config["FunctionName"], time.time()
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        extract(log_text or "", log_group=group, now=now)
        measure(name, error=error, duration_ms=duration_ms, now=now)

    # A throttled direct call comes twice: where it is refused, and as an error where it was made.
    def measure_throttled(
        function_name: str, duration_ms: float, error: bool, throttle: bool
    ) -> None:
        del duration_ms
        if throttle and not error:
            _add(function_name, "Throttles", 1.0, unit="Count", now=time.time())

    _LOG.write(log_and_measure)
    _MEASURE.write(measure_throttled)
