"""How a dashboard's body is read: places, times, and the short notation of metrics."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from local.dashboard.body import Body, Frame, parse
from local.dashboard.lines import lines
from local.errors import LocalStackError


def _body(*widgets: dict[str, Any], **more: Any) -> Body:
    return parse(json.dumps({"widgets": list(widgets)} | more), name="own")


def test_widgets_stand_where_they_say() -> None:
    body = _body({"type": "text", "x": 12, "y": 6, "width": 12, "height": 3})

    (widget,) = body.widgets
    assert (widget.kind, widget.frame) == ("text", Frame(12, 6, 12, 3))
    assert body.rows == 9


def test_widgets_without_a_place_flow_below_the_others() -> None:
    wide = {"type": "metric", "width": 12, "height": 4}
    body = _body(
        {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2}, wide, wide, {"type": "metric"}
    )

    assert [widget.frame for widget in body.widgets[1:]] == [
        Frame(0, 2, 12, 4),
        Frame(12, 2, 12, 4),
        Frame(0, 6, 6, 6),
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("-PT1H", timedelta(hours=1)),
        ("-PT90M", timedelta(minutes=90)),
        ("-P7D", timedelta(days=7)),
        ("-P1DT2H", timedelta(days=1, hours=2)),
        (None, timedelta(hours=3)),
        ("-P", timedelta(hours=3)),
        ("2026-01-01T00:00:00Z", timedelta(hours=3)),
    ],
)
def test_range(start: str | None, expected: timedelta) -> None:
    assert _body(start=start).range == expected


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", '{"widgets": [1]}', '{"widgets": [{"x": "a", "y": 1}]}']
)
def test_unreadable_body_is_named(text: str) -> None:
    with pytest.raises(LocalStackError, match="the body of dashboard own cannot be read"):
        parse(text, name="own")


def _metrics(*rows: Any, **properties: Any) -> list[tuple[str, ...]]:
    """What each line measures: namespace, name, dimensions, statistic, period."""
    found = []
    for line in lines({"metrics": list(rows)} | properties):
        measured = line.query["MetricStat"]
        metric = measured["Metric"]
        dimensions = [f"{each['Name']}={each['Value']}" for each in metric["Dimensions"]]
        found.append(
            (
                metric["Namespace"],
                metric["MetricName"],
                *dimensions,
                measured["Stat"],
                str(measured["Period"]),
            )
        )
    return found


def test_metric_in_full() -> None:
    assert _metrics(["space", "Sent", "service", "send", {"stat": "p99", "period": 60}]) == [
        ("space", "Sent", "service=send", "p99", "60")
    ]


def test_widget_gives_statistic_and_period() -> None:
    assert _metrics(["space", "Sent"], stat="Sum", period=60) == [("space", "Sent", "Sum", "60")]
    assert _metrics(["space", "Sent"]) == [("space", "Sent", "Average", "300")]


def test_dots_repeat_the_row_above() -> None:
    found = _metrics(
        ["space", "Sent", "service", "send", "host", "a"],
        [".", "Failed", ".", ".", ".", "."],
        ["...", "b"],
        ["..."],
        ["...", "other", "host", "c"],
    )

    assert [each[:-2] for each in found] == [
        ("space", "Sent", "service=send", "host=a"),
        ("space", "Failed", "service=send", "host=a"),
        ("space", "Failed", "service=send", "host=b"),
        ("space", "Failed", "service=send", "host=b"),
        ("space", "Failed", "service=other", "host=c"),
    ]


def test_expressions_and_what_they_compute_with() -> None:
    found = lines(
        {
            "metrics": [
                ["space", "Sent", {"id": "sent", "visible": False}],
                [{"expression": "sent * 2", "label": "twice", "color": "#ff0000"}],
                ["space", "Sent", {"yAxis": "right"}],
            ]
        }
    )

    assert [(line.id, line.query["ReturnData"]) for line in found] == [
        ("sent", False),
        ("line1", True),
        ("line2", True),
    ]
    assert found[1].query["Expression"] == "sent * 2"
    assert (found[1].query["Label"], found[1].color) == ("twice", "#ff0000")
    assert [line.right for line in found] == [False, False, True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Sent", "metric 1 is no list"),
        ([], "metric 1 is no list"),
        (["space"], "not a metric: space"),
        (["space", "Sent", "service"], "not a metric: space Sent service"),
        ([".", "Sent"], "not a metric: . Sent"),
    ],
)
def test_row_that_is_no_metric(row: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lines({"metrics": [row]})
