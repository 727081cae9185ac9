"""One widget in its axes: lines, areas, bars, single values, alarms, text, or a note."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from local.dashboard.figures import Curve

_COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
_STATE_COLORS = {"ALARM": "#d13212", "OK": "#1d8102", "INSUFFICIENT_DATA": "#687078"}
_NO_DATA = "no data yet"
_SMALL, _NORMAL, _LARGE = 7, 9, 20
_LINE_SPACING = 1.6

Properties = Mapping[str, Any]


def draw_note(axes: Axes, text: str) -> None:
    """Says why there is nothing else to see."""
    axes.set_axis_off()
    wrapped = textwrap.fill(text, width=48)
    axes.text(0.5, 0.5, wrapped, ha="center", va="center", fontsize=_NORMAL, color="#687078")


def draw_text(axes: Axes, markdown: str) -> None:
    """Headings larger than the rest; other marks stay as they are written."""
    axes.set_axis_off()
    below_points = 0.0
    for line in markdown.splitlines():
        heading = line.startswith("#")
        size = _NORMAL + 4 if heading else _NORMAL
        axes.annotate(
            _literal(line.lstrip("# ") if heading else line),
            xy=(0, 1),
            xycoords="axes fraction",
            xytext=(0, -below_points),
            textcoords="offset points",
            va="top",
            fontsize=size,
            fontweight="bold" if heading else "normal",
        )
        below_points += size * _LINE_SPACING


def draw_time_series(
    axes: Axes, curves: Sequence[Curve], properties: Properties, *, start: datetime, end: datetime
) -> None:
    """Lines, or areas on top of each other when the widget is `stacked`."""
    right = axes.twinx() if any(curve.right for curve in curves) else None
    for number, curve in enumerate(curves):
        color = curve.color or _COLORS[number % len(_COLORS)]
        target = right if right is not None and curve.right else axes
        times: Any = curve.times
        target.plot(
            times, curve.values, color=color, marker=".", markersize=4, label=_literal(curve.label)
        )
        if properties.get("stacked"):
            target.fill_between(times, curve.values, color=color, alpha=0.25)
    for annotation in (properties.get("annotations") or {}).get("horizontal") or ():
        _annotate(axes, annotation)
    _limit(axes, (properties.get("yAxis") or {}).get("left") or {})
    limits: Any = (start, end)
    axes.set_xlim(*limits)
    locator = AutoDateLocator(tz=UTC, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
    axes.xaxis.get_offset_text().set_fontsize(_SMALL)
    for each in (axes, right):
        if each is not None:
            each.tick_params(labelsize=_SMALL)
    axes.grid(visible=True, color="#e6e6e6", linewidth=0.6)
    _add_legend(axes, right)
    if not any(curve.values for curve in curves):
        axes.text(0.5, 0.5, _NO_DATA, ha="center", transform=axes.transAxes, color="#687078")


def _annotate(axes: Axes, annotation: Any) -> None:
    # A band between two values is a list of them.
    for each in annotation if isinstance(annotation, list) else [annotation]:
        color = each.get("color") or "#d13212"
        label = _literal(str(each.get("label") or ""))
        axes.axhline(float(each["value"]), color=color, linestyle="--", linewidth=1, label=label)


def _limit(axes: Axes, axis: Properties) -> None:
    axes.set_ylim(bottom=axis.get("min"), top=axis.get("max"))
    if axis.get("label"):
        axes.set_ylabel(_literal(axis["label"]), fontsize=_SMALL)


def _add_legend(axes: Axes, right: Axes | None) -> None:
    shown = [axes] if right is None else [axes, right]
    pairs = [each.get_legend_handles_labels() for each in shown]
    handles = [handle for found, _ in pairs for handle in found]
    labels = [label for _, found in pairs for label in found]
    if labels:
        axes.legend(handles, labels, fontsize=_SMALL, loc="best", framealpha=0.7)


def draw_single_values(axes: Axes, curves: Sequence[Curve]) -> None:
    """The latest figure of each, as CloudWatch shows it."""
    axes.set_axis_off()
    for number, curve in enumerate(curves):
        place = (number + 0.5) / len(curves)
        value = _short(curve.values[-1]) if curve.values else "--"
        axes.text(place, 0.55, value, ha="center", va="center", fontsize=_LARGE)
        axes.text(place, 0.2, _literal(curve.label), ha="center", va="center", fontsize=_SMALL)


def draw_bars(axes: Axes, curves: Sequence[Curve]) -> None:
    """The latest figure of each."""
    values = [curve.values[-1] if curve.values else 0.0 for curve in curves]
    colors = [curve.color or _COLORS[at % len(_COLORS)] for at, curve in enumerate(curves)]
    bars = axes.barh([_literal(curve.label) for curve in curves], values, color=colors)
    axes.bar_label(bars, labels=[_short(value) for value in values], fontsize=_SMALL, padding=3)
    axes.invert_yaxis()
    axes.tick_params(labelsize=_SMALL)


def draw_alarms(axes: Axes, states: Mapping[str, str]) -> None:
    axes.set_axis_off()
    for number, (name, state) in enumerate(states.items()):
        place = 1 - (number + 0.5) / len(states)
        color = _STATE_COLORS.get(state, "#000000")
        axes.text(0.02, place, "■", color=color, va="center", fontsize=_NORMAL + 3)
        axes.text(0.08, place, _literal(f"{name}: {state}"), va="center", fontsize=_NORMAL)


def title(axes: Axes, text: str) -> None:
    axes.set_title(_literal(text), loc="left", fontsize=_NORMAL, fontweight="bold")


def _short(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def _literal(text: str) -> str:
    """A dollar sign would begin a formula."""
    return text.replace("$", r"\$")
