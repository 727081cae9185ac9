"""All widgets of the dashboards in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from local.dashboard import graphs
from local.dashboard.body import COLUMNS, Body, Frame, Widget
from local.dashboard.figures import Curve, read_alarm_states, read_curves
from local.dashboard.lines import lines

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_COLUMN_INCHES = 0.7
_ROW_INCHES = 0.55
_TITLE_ROWS = 1
_SHORTEST_RANGE = timedelta(minutes=5)

# The console's words for how a metric widget is drawn.
_VALUES = ("singleValue", "gauge")
_BARS = ("bar", "pie", "table")
_TIME_SERIES = "timeSeries"


@dataclass(frozen=True)
class Dashboard:
    name: str
    body: Body


@dataclass(frozen=True)
class Panel:
    """A widget that is ready to be drawn: its curves or states, or why there are none."""

    widget: Widget
    curves: tuple[Curve, ...] = ()
    states: Mapping[str, str] | None = None
    note: str | None = None


def read_panels(cloudwatch: CloudWatchClient, body: Body, *, now: datetime) -> list[Panel]:
    """What CloudWatch refuses becomes a note: one bad widget must not cost the others."""
    panels = []
    for widget in body.widgets:
        try:
            panels.append(_read_panel(cloudwatch, widget, start=now - body.range, end=now))
        except (ClientError, ValueError, KeyError) as error:
            panels.append(Panel(widget, note=f"cannot be read: {error}"))
    return panels


def _read_panel(
    cloudwatch: CloudWatchClient, widget: Widget, *, start: datetime, end: datetime
) -> Panel:
    if widget.kind == "metric":
        found = read_curves(cloudwatch, lines(widget.properties), start=start, end=end)
        return Panel(widget, curves=tuple(found))
    if widget.kind == "alarm":
        return Panel(widget, states=read_alarm_states(cloudwatch, widget.properties["alarms"]))
    if widget.kind == "text":
        return Panel(widget)
    return Panel(widget, note=f"widgets of the kind “{widget.kind}” are not drawn here")


def draw(dashboards: Sequence[tuple[Dashboard, Sequence[Panel]]], *, now: datetime) -> Figure:
    """The dashboards below each other, all graphs over the same time."""
    rows = sum(each.body.rows + _TITLE_ROWS for each, _ in dashboards)
    figure = Figure(figsize=(COLUMNS * _COLUMN_INCHES, rows * _ROW_INCHES), facecolor="white")
    FigureCanvasAgg(figure)
    above = 0
    for dashboard, panels in dashboards:
        start = _beginning(panels, now=now, longest=dashboard.body.range)
        moment = f"{now:%Y-%m-%d %H:%M:%S} UTC"
        figure.text(
            0.01,
            1 - (above + 0.5) / rows,
            f"{dashboard.name}   ·   {moment}",
            fontsize=12,
            va="center",
        )
        above += _TITLE_ROWS
        for panel in panels:
            axes = _axes(figure, panel.widget.frame.below(above), rows=rows)
            _draw_panel(axes, panel, start=start, end=now)
        above += dashboard.body.rows
    return figure


def _axes(figure: Figure, frame: Frame, *, rows: int) -> Axes:
    """Within its frame, with room for a title and the figures along the axes."""
    left = (frame.x + 0.9) / COLUMNS
    width = max(frame.width - 1.5, 0.5) / COLUMNS
    height = max(frame.height - 1.4, 0.5) / rows
    bottom = 1 - (frame.y + frame.height - 0.6) / rows
    return figure.add_axes((left, bottom, width, height))


def _beginning(panels: Sequence[Panel], *, now: datetime, longest: timedelta) -> datetime:
    """A young stack fills its graphs, too."""
    graphed = [panel for panel in panels if _view(panel) == _TIME_SERIES]
    times = [time for panel in graphed for curve in panel.curves for time in curve.times]
    earliest = min(times, default=now) - timedelta(minutes=1)
    return max(now - longest, min(earliest, now - _SHORTEST_RANGE))


def _view(panel: Panel) -> str:
    return str(panel.widget.properties.get("view") or _TIME_SERIES)


def _draw_panel(axes: Axes, panel: Panel, *, start: datetime, end: datetime) -> None:
    properties: Mapping[str, Any] = panel.widget.properties
    graphs.title(axes, str(properties.get("title") or ""))
    view = _view(panel)
    if panel.note is not None:
        graphs.draw_note(axes, panel.note)
    elif panel.widget.kind == "text":
        graphs.draw_text(axes, str(properties.get("markdown") or ""))
    elif panel.states is not None:
        graphs.draw_alarms(axes, panel.states)
    elif view == _TIME_SERIES:
        graphs.draw_time_series(axes, panel.curves, properties, start=start, end=end)
    elif view in _VALUES:
        graphs.draw_single_values(axes, panel.curves)
    elif view in _BARS:
        graphs.draw_bars(axes, panel.curves)
    else:
        graphs.draw_note(axes, f"the view “{view}” is not drawn here")
