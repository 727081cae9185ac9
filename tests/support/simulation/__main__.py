"""Prints what limits of many sizes come to, and what comes of breaking the rule on purpose.

PYTHONPATH=layers/formarelay python -m tests.support.simulation --calls 1000000
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from tests.support.simulation import Scenario, simulate

SHORT_CALLS = {"call_timeout": 2.0, "longest_call": 3.0, "patience": 2.0}
SCENARIOS: dict[str, dict[str, Any]] = {
    "100 a minute": {"limit": 100, "window": 60.0, "workers": 8},
    "100 a minute, 50 workers": {"limit": 100, "window": 60.0, "workers": 50},
    "30 a minute": {"limit": 30, "window": 60.0, "workers": 4},
    "20 in 5 s": {"limit": 20, "window": 5.0, "workers": 4} | SHORT_CALLS,
    "600 in 10 s": {"limit": 600, "window": 10.0, "workers": 8} | SHORT_CALLS,
    "5,000 a minute": {"limit": 5_000, "window": 60.0, "workers": 50},
    "100,000 a minute, batches of 100": {
        "limit": 100_000,
        "window": 60.0,
        "workers": 100,
        "batch": 100,
    },
    "100 a minute, clocks jump": {"limit": 100, "window": 60.0, "workers": 8, "jump": 0.02},
    "100 a minute, rule broken": {
        "limit": 100,
        "window": 60.0,
        "workers": 8,
        "stamp_starts": True,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="of each limit")
    parser.add_argument("--only", default="", help="limits whose name contains this")
    arguments = parser.parse_args()
    for name, values in SCENARIOS.items():
        if arguments.only not in name:
            continue
        began = time.perf_counter()
        scenario = Scenario(calls=arguments.calls, **values)
        line = simulate(scenario).line()
        print(f"{name}:\n  {line}  [{time.perf_counter() - began:.0f} s]", flush=True)  # noqa: T201 - a command


main()
