"""What a section of the bench finds, and what it is given."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

OURS, NAIVE, RECIPE, CELERY = "formarelay", "naive", "recipe", "celery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity of one subject, a value a round.

    Args:
        quantity: The row that it stands in; series of one quantity share the unit.
        subject: The column. Rounds of different subjects with one number were run side by side.
        unit: Of the values.
    """

    quantity: str
    subject: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def beside(self, other: Series) -> float:
        """The median of the rounds' own ratios: what slows a whole round down cancels out."""
        if len(self.values) != len(other.values):
            return self.median / other.median
        return statistics.median(a / b for a, b in zip(self.values, other.values, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What is claimed, and whether it held.

    Args:
        claim: A sentence without its number.
        value: What was measured.
        limit: What it may be.
        sense: Which side of the limit is good.
        at_best: What it would be with nothing of ours in it, measured in the same run; None where
            that is not known.
    """

    claim: str
    value: float
    limit: float
    sense: Literal["at most", "at least"] = "at most"
    at_best: float | None = None

    @property
    def held(self) -> bool:
        return self._keeps_to_limit(self.value)

    @property
    def out_of_reach(self) -> bool:
        """Whether no code of ours could hold it on this machine, which is no failure of a run."""
        return self.at_best is not None and not self._keeps_to_limit(self.at_best)

    def _keeps_to_limit(self, value: float) -> bool:
        return value <= self.limit if self.sense == "at most" else value >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Anything that is not one value a round."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One picture: a file name without its ending, and lines (or groups of bars) by their label.

    Args:
        points: Of each label. The first of a pair is a number on the x axis, or the name of a bar.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    points: Mapping[str, Sequence[tuple[float | str, float]]]
    kind: Literal["lines", "bars"] = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that a section found.

    Args:
        title: Of its chapter.
        about: How it was measured, in a few sentences.
        rounds: How often.
        notes: What a reader must know beside the figures.
    """

    title: str
    about: str
    rounds: int
    series: tuple[Series, ...] = ()
    bounds: tuple[Bound, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a section is given.

    Args:
        full: Whether there is time for all; else a few minutes at most for all sections.
        say: Tells whoever waits what is being done.
        folder: For whatever the section writes; empty, and gone afterwards.
    """

    full: bool
    say: Callable[[str], None]
    folder: Path


Section = Callable[[Run], Findings]
"""A module in `bench/sections` has one, named `measure`."""
