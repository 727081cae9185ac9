"""Prints what limits of many sizes come to: `python -m tests.support.simulation --calls 1000000`."""

from __future__ import annotations

import argparse
import time

from tests.support.simulation import Scenario, simulate

# Name, limit, window, workers, largest batch.
SCENARIOS = {
    "100 a minute": dict(limit=100, window=60.0, workers=8),
    "100 a minute, 50 workers": dict(limit=100, window=60.0, workers=50),
    "30 a minute": dict(limit=30, window=60.0, workers=4),
    "20 in 5 s": dict(
        limit=20, window=5.0, workers=4, call_timeout=1.5, longest_call=3.0, patience=2.0
    ),
    "600 in 10 s": dict(
        limit=600, window=10.0, workers=12, call_timeout=3.0, longest_call=5.0, patience=2.0
    ),
    "5,000 a minute": dict(limit=5_000, window=60.0, workers=50),
    "100,000 a minute": dict(limit=100_000, window=60.0, workers=200, batch=20),
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
        print(f"{name}:\n  {simulate(scenario).line()}  [{time.perf_counter() - began:.0f} s]")


main()
