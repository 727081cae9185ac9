"""What imports cost at a cold start: each variant in fresh processes, in turn, medians.

The machine's noise hits all variants of a round alike, so the last column is the median of the
rounds' own differences to the first variant.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

VARIANTS = {
    "bare Python": "pass",
    "boto3": "import boto3",
    "boto3 + http.client": "import boto3, http.client",
    "boto3 + urllib3": "import boto3, urllib3",
    "boto3 + requests": "import boto3, requests",
    "boto3 + msgspec": "import boto3, msgspec",
    "boto3 + pydantic": "import boto3, pydantic; pydantic.BaseModel",
    "boto3 + jsonschema": "import boto3, jsonschema",
    "boto3 + Powertools Logger, Metrics": (
        "import boto3; from aws_lambda_powertools import Logger, Metrics"
    ),
    "boto3 + our message contract": "import boto3, formarelay.message",
    "send_email.handler": "import send_email.handler",
}


def run(code: str) -> float:
    """Milliseconds from start to exit of a fresh interpreter that runs `code`."""
    path = f"{ROOT / 'layers' / 'formarelay'}:{ROOT / 'functions'}"
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={"PYTHONPATH": path, "AWS_DEFAULT_REGION": "us-east-1", "PATH": "/usr/bin:/bin"},
    )
    return (time.perf_counter() - start) * 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    rounds = arguments.parse_args().rounds
    for code in VARIANTS.values():
        run(code)
    times: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for done in range(rounds):
        for name, code in VARIANTS.items():
            times[name].append(run(code))
        print(f"\rround {done + 1} of {rounds}", end="", file=sys.stderr)
    print(file=sys.stderr)
    bare, boto3 = times["bare Python"], times["boto3"]
    print(f"{'':36} {'median ms':>10} {'over bare':>10} {'over boto3':>10}")
    for name, values in times.items():
        over_bare = statistics.median(a - b for a, b in zip(values, bare, strict=True))
        over_boto3 = statistics.median(a - b for a, b in zip(values, boto3, strict=True))
        print(f"{name:36} {statistics.median(values):10.0f} {over_bare:10.0f} {over_boto3:10.0f}")


if __name__ == "__main__":
    main()
