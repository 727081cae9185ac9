"""Findings as tables: for the terminal and for the docs."""

from __future__ import annotations

from bench.results import OURS, Bound, Findings, Series, Table

_MANY = 100
_FEW = 10


def number(value: float) -> str:
    """With as many digits as say something."""
    if value == 0 or (value == int(value) and abs(value) < _MANY):
        return f"{value:.0f}"
    digits = 0 if abs(value) >= _MANY else 1 if abs(value) >= _FEW else 2
    return f"{value:,.{digits}f}"


def measured(series: Series) -> str:
    """The median, and the range where there is one."""
    if series.low == series.high:
        return number(series.median)
    return f"{number(series.median)} ({number(series.low)} to {number(series.high)})"


def series_table(findings: Findings) -> Table | None:
    """A row a quantity, a column a subject, and ours beside each peer."""
    subjects = list(dict.fromkeys(one.subject for one in findings.series))
    peers = [subject for subject in subjects if subject != OURS] if OURS in subjects else []
    rows: dict[str, dict[str, Series]] = {}
    for one in findings.series:
        rows.setdefault(f"{one.quantity}, {one.unit}", {})[one.subject] = one
    if not rows:
        return None
    return Table(
        title="Medians of all rounds (lowest to highest)",
        columns=("", *subjects, *(f"beside {peer}" for peer in peers)),
        rows=tuple(
            (
                quantity,
                *(measured(row[subject]) if subject in row else "" for subject in subjects),
                *(_ratio(row, peer) for peer in peers),
            )
            for quantity, row in rows.items()
        ),
    )


def _ratio(row: dict[str, Series], peer: str) -> str:
    if OURS not in row or peer not in row or not row[peer].median:
        return ""
    return f"{row[OURS].beside(row[peer]):.2f} times"


def bounds_table(bounds: tuple[Bound, ...]) -> Table:
    return Table(
        title="Targets",
        columns=("target", "limit", "measured", ""),
        rows=tuple(
            (
                bound.claim,
                f"{bound.sense} {number(bound.limit)}",
                number(bound.value),
                verdict(bound),
            )
            for bound in bounds
        ),
    )


def verdict(bound: Bound) -> str:
    """Whether it was held, and if not, whether it could have been."""
    if bound.held:
        return "held"
    if bound.out_of_reach and bound.at_best is not None:
        return f"**not held**, out of reach: at best {number(bound.at_best)}"
    return "**not held**"


def all_tables(findings: Findings) -> list[Table]:
    """In the order in which they are shown."""
    first = series_table(findings)
    targets = [bounds_table(findings.bounds)] if findings.bounds else []
    return [*([first] if first else []), *targets, *findings.tables]
