"""The picture of a deployed dashboard has the stack's real figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from local.dashboard.__main__ import render
from local.dashboard.body import parse
from local.dashboard.picture import Dashboard, draw, read_panels
from local.errors import LocalStackError
from local.stack_file import write_stack_file
from local.workspace import Workspace
from tests.integration.local.stacks import Emulator
from tests.integration.local.watching import Watching

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Everything that CloudWatch had of the minutes before.
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def watching(emulator: Emulator) -> Watching:
    return Watching(emulator)


def _put(watching: Watching, name: str, *values: float) -> None:
    """The last one a minute ago, and one a minute before it."""
    data = [
        {
            "MetricName": name,
            "Value": value,
            "Timestamp": NOW - timedelta(minutes=len(values) - number),
        }
        for number, value in enumerate(values)
    ]
    watching.metrics.put_metric_data(Namespace=watching.namespace, MetricData=data)


def _metric(**properties: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"stat": "Sum", "period": 60} | properties}


def _axes(watching: Watching, *widgets: dict[str, Any], **more: Any) -> list[Axes]:
    """As drawn, one for each widget."""
    return _figure(watching, *widgets, **more).axes


def _figure(watching: Watching, *widgets: dict[str, Any], **more: Any) -> Figure:
    body = parse(json.dumps({"widgets": list(widgets)} | more), name="own")
    panels = read_panels(watching.metrics, body, now=NOW)
    return draw([(Dashboard("own", body), panels)], now=NOW)


def _texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def _curves(axes: Axes) -> dict[str, list[float]]:
    return {str(line.get_label()): [float(y) for y in line.get_ydata()] for line in axes.lines}


def test_graph_has_the_figures(watching: Watching) -> None:
    _put(watching, "Sent", 3, 5, 4)
    _put(watching, "Failed", 1, 0, 2)

    (axes,) = _axes(
        watching,
        _metric(
            title="Mail costs $5",
            metrics=[
                [watching.namespace, "Sent", {"id": "sent", "visible": False}],
                [".", "Failed", {"id": "failed", "label": "broken", "color": "#123456"}],
                [{"expression": "failed / sent * 100", "label": "percent"}],
            ],
            annotations={"horizontal": [{"value": 42, "label": "limit"}]},
            yAxis={"left": {"min": 0, "max": 90, "label": "%"}},
        ),
    )

    curves = _curves(axes)
    assert curves.pop("limit") == [42.0, 42.0]
    assert curves == {
        "broken": [1.0, 0.0, 2.0],
        "percent": [pytest.approx(100 / 3), 0.0, 50.0],
    }
    assert axes.lines[0].get_color() == "#123456"
    assert axes.get_ylim() == (0.0, 90.0)
    assert axes.get_ylabel() == "%"
    assert axes.get_title(loc="left") == r"Mail costs \$5"


def test_graph_begins_where_the_figures_begin(watching: Watching) -> None:
    _put(watching, "Sent", *range(20))

    (axes,) = _axes(watching, _metric(metrics=[[watching.namespace, "Sent"]]), start="-PT10M")

    assert _shown(axes) == timedelta(minutes=10)
    assert _curves(axes)["Sent"] == [float(number) for number in range(10, 20)]


def test_graph_of_a_young_stack_is_not_empty_on_the_left(watching: Watching) -> None:
    _put(watching, "Sent", *range(20))
    _put(watching, "Failed", 1)

    (old,) = _axes(watching, _metric(metrics=[[watching.namespace, "Sent"]]))
    (young,) = _axes(watching, _metric(metrics=[[watching.namespace, "Failed"]]))

    assert timedelta(minutes=20) < _shown(old) <= timedelta(minutes=22)
    assert _shown(young) == timedelta(minutes=5)


def _shown(axes: Axes) -> timedelta:
    first, last = (num2date(edge) for edge in axes.get_xlim())
    return timedelta(seconds=round((last - first).total_seconds()))


def test_right_axis_and_stacked_areas(watching: Watching) -> None:
    _put(watching, "Sent", 1, 2)
    rows = [[watching.namespace, "Sent"], ["...", {"yAxis": "right", "label": "again"}]]

    left, right = _axes(watching, _metric(metrics=rows, stacked=True))

    assert (_curves(left), _curves(right)) == ({"Sent": [1.0, 2.0]}, {"again": [1.0, 2.0]})
    assert len(left.collections) == len(right.collections) == 1
    legend = left.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["Sent", "again"]


def test_single_values_are_the_latest(watching: Watching) -> None:
    _put(watching, "Sent", 1, 12_345)
    _put(watching, "Share", 0.256)
    rows = [[watching.namespace, name] for name in ("Sent", "Share", "Nothing")]

    (axes,) = _axes(watching, _metric(view="singleValue", metrics=rows))

    assert _texts(axes) == ["12,345", "Sent", "0.26", "Share", "--", "Nothing"]


def test_bars_are_the_latest(watching: Watching) -> None:
    _put(watching, "Sent", 1, 7)
    rows = [[watching.namespace, name] for name in ("Sent", "Nothing")]

    (axes,) = _axes(watching, _metric(view="bar", metrics=rows))

    assert [bar.get_width() for bar in axes.patches] == [7.0, 0.0]  # type: ignore[attr-defined]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Sent", "Nothing"]


def test_text_and_alarms(watching: Watching) -> None:
    _put(watching, "Mail", 11)
    alarm = watching.alarm(Period=300, TreatMissingData="ignore")
    watching.state(alarm)
    arn = watching.described(alarm)["AlarmArn"]

    text, alarms = _axes(
        watching,
        {"type": "text", "properties": {"markdown": "# Head\nbody $1"}},
        {"type": "alarm", "properties": {"alarms": [arn, "arn:aws:cloudwatch:x:1:alarm:gone"]}},
    )

    assert _texts(text) == ["Head", r"body \$1"]
    assert _texts(alarms) == ["■", f"{alarm}: ALARM", "■", "gone: missing"]


@pytest.mark.parametrize(
    ("widget", "note"),
    [
        ({"type": "log", "properties": {}}, "widgets of the kind “log” are not drawn here"),
        ({"type": "explorer"}, "widgets of the kind “explorer” are not drawn here"),
        (_metric(view="heat"), "the view “heat” is not drawn here"),
        (_metric(metrics=[["one"]]), "cannot be read: not a metric: one"),
        (_metric(metrics=[[{"expression": "SEARCH('a', 'Sum')"}]]), "SEARCH is not supported"),
        ({"type": "alarm", "properties": {}}, "cannot be read: 'alarms'"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    watching: Watching, widget: dict[str, Any], note: str
) -> None:
    _put(watching, "Sent", 1)

    bad, good = _axes(watching, widget, _metric(metrics=[[watching.namespace, "Sent"]]))

    (text,) = _texts(bad)
    assert note in text.replace("\n", " ")
    assert _curves(good) == {"Sent": [1.0]}


def test_metric_without_figures_says_so(watching: Watching) -> None:
    (axes,) = _axes(watching, _metric(metrics=[[watching.namespace, "Nothing"]]))

    assert "no data yet" in _texts(axes)


def test_widgets_do_not_cover_each_other(watching: Watching) -> None:
    cells = [
        {"type": "text", "x": x, "y": y, "width": 8, "height": 4}
        for y in (0, 4)
        for x in (0, 8, 16)
    ]

    boxes = [axes.get_position() for axes in _axes(watching, *cells)]

    assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in boxes)
    assert not any(
        first.overlaps(second) for number, first in enumerate(boxes) for second in boxes[:number]
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(directory=tmp_path)


@pytest.fixture
def stack(watching: Watching) -> Iterator[str]:
    body = json.dumps({"widgets": [_metric(metrics=[[watching.namespace, "Sent"]])]})
    resource = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": body}}
    name = watching.emulator.create_stack({"First": resource, "Second": resource})
    watching.emulator.outputs(name)
    yield name
    watching.emulator.delete_stack(name)


def _stack_file(workspace: Workspace, *, url: str, stack: str) -> None:
    values = {"AWS_ENDPOINT_URL": url, "STACK_NAME": stack}
    write_stack_file(workspace.stack_file, values=values)


def test_all_dashboards_of_the_stack_are_in_the_picture(
    watching: Watching, workspace: Workspace, stack: str
) -> None:
    _stack_file(workspace, url=watching.emulator.endpoint_url, stack=stack)

    picture = render(workspace, now=NOW)

    assert picture == workspace.directory / "dashboard.png"
    content = picture.read_bytes()
    assert content.startswith(PNG_SIGNATURE)
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    # Two dashboards of six rows and a title each.
    assert (width, height) == (1848, 847)


def test_no_stack_is_said(workspace: Workspace) -> None:
    with pytest.raises(LocalStackError) as caught:
        render(workspace, now=NOW)

    assert str(caught.value) == "no stack is up; start one with `make up`"


def test_stack_that_is_gone_is_said(watching: Watching, workspace: Workspace) -> None:
    _stack_file(workspace, url=watching.emulator.endpoint_url, stack="gone")

    with pytest.raises(LocalStackError, match=r"does not answer .*gone.*start one with `make up`"):
        render(workspace, now=NOW)


def test_stack_without_a_dashboard_is_said(watching: Watching, workspace: Workspace) -> None:
    stack = watching.emulator.create_stack({"Queue": {"Type": "AWS::SQS::Queue"}})
    watching.emulator.outputs(stack)
    _stack_file(workspace, url=watching.emulator.endpoint_url, stack=stack)

    with pytest.raises(LocalStackError, match=f"the stack {stack} has no dashboard"):
        render(workspace, now=NOW)
    watching.emulator.delete_stack(stack)
