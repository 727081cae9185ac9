"""GetMetricData and GetMetricStatistics read one metric each, and compute expressions.

The emulator alone adds up all dimensions when none are asked for, and knows no expressions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from local.emulator.cloudwatch import points, series
from local.emulator.cloudwatch.alarms import API
from local.emulator.cloudwatch.points import MODULE, points_of
from local.emulator.cloudwatch.queries import Queries, check_period, metric_of
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows, aggregate, check_statistic
from local.emulator.internals import ModuleFunction

_DATA = ModuleFunction(module=MODULE, name="_get_metric_data", parameters=API)
_STATISTICS = ModuleFunction(module=MODULE, name="_get_metric_statistics", parameters=API)
_PARSE_TIME = ModuleFunction(module=MODULE, name="_parse_ts", parameters=("value",))
_JSON = ModuleFunction(module=MODULE, name="_json_ok", parameters=("data",))
_CBOR = ModuleFunction(module=MODULE, name="_cbor_ok", parameters=("data",))
_CBOR_TIME = ModuleFunction(module=MODULE, name="_cbor_timestamp", parameters=("value",))
_ERROR = ModuleFunction(
    module=MODULE, name="_error", parameters=("code", "message", "status", "use_json", "use_cbor")
)
INTERNALS = (
    *points.INTERNALS,
    *series.INTERNALS,
    _DATA,
    _STATISTICS,
    _PARSE_TIME,
    _JSON,
    _CBOR,
    _CBOR_TIME,
    _ERROR,
)

Request = dict[str, Any]
Encode = Callable[[float], Any]

_ASCENDING = "TimestampAscending"
# The most that one call of GetMetricStatistics returns.
_LIMIT_DATAPOINTS = 1440


def metric_data(request: Request, encode: Encode) -> Request:
    """GetMetricData's answer, on one page."""
    start, end = _times(request)
    queries = Queries.of(request.get("MetricDataQueries") or [])
    results = queries.evaluate(lambda period: Windows.covering(start, end, period))
    ascending = request.get("ScanBy") == _ASCENDING
    return {
        "MetricDataResults": [
            _result(queries, name, each, encode=encode, ascending=ascending)
            for name, found in results.items()
            for each in found
        ],
        "Messages": [],
    }


def _result(
    queries: Queries, name: str, found: Series, *, encode: Encode, ascending: bool
) -> Request:
    query = queries.by_id[name]
    measured = query.get("MetricStat")
    default = measured["Metric"]["MetricName"] if measured else name
    values = sorted(found.values.items(), reverse=not ascending)
    return {
        "Id": name,
        "Label": query.get("Label") or default,
        "Timestamps": [encode(at) for at, _ in values],
        "Values": [value for _, value in values],
        "StatusCode": "Complete",
    }


def metric_statistics(request: Request, encode: Encode) -> Request:
    """GetMetricStatistics' answer, whose data points have no order on AWS, and here an ascending
    one."""
    start, end = _times(request)
    check_period(request.get("Period"))
    windows = Windows.covering(start, end, request["Period"])
    basic, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not basic and not extended:
        raise MetricRefusedError("The parameters Statistics and ExtendedStatistics are missing.")
    if windows.count > _LIMIT_DATAPOINTS:
        raise MetricRefusedError(
            f"{windows.count} data points were requested, which exceeds the limit of "
            f"{_LIMIT_DATAPOINTS}. Ask for a longer Period or a shorter time."
        )
    stored = [
        point
        for point in points_of(metric_of(request))
        if request.get("Unit") in (None, point["Unit"])
    ]
    figures = {name: _figures(stored, windows, name) for name in (*basic, *extended)}
    times = sorted({at for found in figures.values() for at in found})
    unit = stored[0]["Unit"] if stored else "None"
    datapoints = [
        _datapoint(figures, at, basic=basic, extended=extended)
        | {"Timestamp": encode(at), "Unit": unit}
        for at in times
    ]
    return {"Label": request["MetricName"], "Datapoints": datapoints}


def _figures(stored: list[points.Point], windows: Windows, name: str) -> dict[float, float]:
    check_statistic(name)
    return dict(aggregate(stored, windows, name).values)


def _datapoint(
    figures: dict[str, dict[float, float]], at: float, *, basic: list[str], extended: list[str]
) -> Request:
    known = {name: found[at] for name, found in figures.items() if at in found}
    result: Request = {name: known[name] for name in basic if name in known}
    percentiles = {name: known[name] for name in extended if name in known}
    return result | ({"ExtendedStatistics": percentiles} if percentiles else {})


def _times(request: Request) -> tuple[float, float]:
    start, end = (_PARSE_TIME.read()(request.get(name)) for name in ("StartTime", "EndTime"))
    if start is None or end is None or not start < end:
        raise MetricRefusedError("The parameter StartTime must be less than EndTime.")
    return start, end


def apply() -> None:
    for internal, operation in ((_DATA, metric_data), (_STATISTICS, metric_statistics)):
        internal.write(_answering(internal.read(), operation))


def _answering(
    original: Callable[..., Any], operation: Callable[[Request, Encode], Request]
) -> Callable[..., Any]:
    def answer(params: Request, cbor_data: Request, is_cbor: bool, is_json: bool = False) -> Any:
        # Requests in the old form-encoded protocol stay the emulator's: no SDK sends them any more.
        if not (is_cbor or is_json):
            return original(params, cbor_data, is_cbor, is_json)
        encode: Encode = _CBOR_TIME.read() if is_cbor else math.floor
        try:
            result = operation(cbor_data, encode)
        except MetricRefusedError as refused:
            return _ERROR.read()(refused.code, str(refused), 400, is_json, is_cbor)
        return (_CBOR if is_cbor else _JSON).read()(result)

    return answer
