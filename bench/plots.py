"""Pictures of findings, as PNG and SVG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.results import CELERY, NAIVE, OURS, RECIPE, Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {OURS: "#1b6ca8", NAIVE: "#c8553d", RECIPE: "#e0a030", CELERY: "#5a8f5a"}
_BARS_WIDTH = 0.8


def draw(plot: Plot, folder: Path) -> None:
    """Writes `NAME.png` and `NAME.svg`."""
    # Half a second that most commands of the bench need not spend.
    import matplotlib as mpl

    mpl.use("agg")
    # The same ids each time: the picture changes only with its figures.
    mpl.rcParams["svg.hashsalt"] = plot.name
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    (_bars if plot.kind == "bars" else _lines)(plot, axes)
    axes.set_title(plot.title)
    axes.set_xlabel(plot.x_label)
    axes.set_ylabel(plot.y_label)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{plot.name}.png", dpi=110, metadata={"Software": ""})
    figure.savefig(folder / f"{plot.name}.svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def _lines(plot: Plot, axes: Axes) -> None:
    colours: list[str | None] = []
    for label, points in plot.points.items():
        style = "--" if _colour(label) in colours else "-"
        colours.append(_colour(label))
        across = [x for x, _ in points]
        axes.plot(across, [y for _, y in points], style, marker="o", label=label, color=colours[-1])


def _bars(plot: Plot, axes: Axes) -> None:
    names = list(dict.fromkeys(str(x) for points in plot.points.values() for x, _ in points))
    width = _BARS_WIDTH / len(plot.points)
    for place, (label, points) in enumerate(plot.points.items()):
        shift = (place - (len(plot.points) - 1) / 2) * width
        drawn = axes.bar(
            [names.index(str(x)) + shift for x, _ in points],
            [y for _, y in points],
            width,
            label=label,
            color=_colour(label),
        )
        axes.bar_label(drawn, fmt="%.3g", fontsize=8)
    axes.set_xticks(range(len(names)), names)


def _colour(label: str) -> str | None:
    return next((colour for name, colour in _COLOURS.items() if label.startswith(name)), None)
