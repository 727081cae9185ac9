"""The tables of `docs/forecast.md`, and what they were made from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bench.forecast.backtest import ALARMS, FORECAST, Result, run
from bench.forecast.curves import CAMPAIGN, Curve
from bench.forecast.months import ENDING, QUIET, SAVED

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "forecast.md"
_POLICY = ("forecast", "history", "mail_quotas", "period", "quota")
_SOURCES = [
    *(ROOT / "functions" / "publish_usage" / f"{name}.py" for name in _POLICY),
    *(ROOT / "bench" / "forecast" / f"{name}.py" for name in ("backtest", "curves", "months")),
]
# Each quiet month is simulated with so many kinds of noise.
SEEDS = (1, 2, 3)


def fingerprint() -> str:
    """Changes whenever a figure could."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def quiet_row(curve: Curve) -> str:
    results = [run(replace(curve, seed=seed)) for seed in SEEDS]
    used = ", ".join("ends" if result.ended_at else "lasts" for result in results)
    false = ", ".join(str(result.false_forecasts) for result in results)
    return f"| {curve.name} | {used} | {false} |"


def ending_row(curve: Curve) -> str:
    result = run(curve)
    ahead = (_hours(result.hours_ahead(alarm)) for alarm in ALARMS)
    cells = [curve.name, _hours(result.campaign_hours), *ahead, str(result.false_forecasts)]
    return f"| {' | '.join(cells)} |"


def saved_row(curve: Curve) -> str:
    result = run(curve)
    episodes = ", ".join(
        f"{_hours((since - CAMPAIGN) / 3600)} to {_hours((until - CAMPAIGN) / 3600)}"
        for since, until in result.episodes[FORECAST]
    )
    return f"| {curve.name} | {_ended(result)} | {episodes or 'never'} |"


def tables() -> dict[str, list[str]]:
    """Every table, by its name in the document."""
    return {
        "ending": [
            "| month | campaign, h | warning, h | critical, h | **forecast, h** | false before |",
            "|---|--:|--:|--:|--:|--:|",
            *map(ending_row, ENDING),
        ],
        "quiet": [
            "| month, with three kinds of noise | the quota | false forecasts in 31 days |",
            "|---|---|---|",
            *map(quiet_row, QUIET),
        ],
        "saved": [
            "| month | the quota | in alarm, hours after the campaign's begin |",
            "|---|---|---|",
            *map(saved_row, SAVED),
        ],
    }


def written(text: str, found: dict[str, list[str]]) -> str:
    """The document with these tables between its marks."""
    for name, lines in found.items():
        text = _between(text, name, lines)
    return _between(text, "made from", [f"`{fingerprint()}`"])


def part(text: str, name: str) -> list[str]:
    """What stands between the marks of one name."""
    found = re.search(f"<!-- {name} -->\n(.*?)\n<!-- end -->", text, flags=re.DOTALL)
    if found is None:
        raise ValueError(f"the document has no part {name!r}")
    return found.group(1).splitlines()


def _between(text: str, name: str, lines: Iterable[str]) -> str:
    old = "\n".join(part(text, name))
    start = f"<!-- {name} -->\n"
    return text.replace(f"{start}{old}\n", start + "\n".join(lines) + "\n")


def _ended(result: Result) -> str:
    return "ends" if result.ended_at else "lasts"


def _hours(hours: float | None) -> str:
    return "-" if hours is None else f"{hours:.0f}"
