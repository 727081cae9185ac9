"""From the start of a process to its first accepted mail: send_email beside a naive handler.

Fresh processes take turns against one sandbox and one emulator, without latency; the last column is
the median of the rounds' own ratios. `python -m bench.first_mail`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.import_cost import ROOT
from bench.relay import batch, surroundings

HANDLERS = {
    "naive: boto3 + requests": "bench.peers.naive",
    "send_email": "send_email.handler",
}


def first_mail_ms(module: str) -> float:
    """Milliseconds until a fresh interpreter has sent one mail; RuntimeError if it does not."""
    event = json.dumps(batch(1)).encode()
    path = f"{ROOT / 'layers' / 'formarelay'}:{ROOT / 'functions'}:{ROOT}"
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.cold_process", module],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None  # noqa: S101 (asked for by PIPE)
        assert process.stderr is not None  # noqa: S101 (as above)
        process.stdin.write(event)
        process.stdin.close()
        said = process.stderr.read(1)
        milliseconds = (time.perf_counter() - started) * 1000
        said += process.stderr.read()
    if said != b".":
        raise RuntimeError(f"{module} did not send: {said.decode()}")
    return milliseconds


def main() -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in HANDLERS}
    with (
        tempfile.TemporaryDirectory(prefix="formarelay-bench-") as folder,
        surroundings(Path(folder), latency_ms=0) as around,
    ):
        for module in HANDLERS.values():
            first_mail_ms(module)
        for _ in range(rounds):
            for name, module in HANDLERS.items():
                times[name].append(first_mail_ms(module))
        total = around.sandbox.control("GET", "/emails?limit=0")["total"]
        if total != len(HANDLERS) * (rounds + 1):
            raise RuntimeError(f"{total} mails were accepted")
    naive = next(iter(times.values()))
    print(f"{'process start to first mail':32} {'median ms':>10} {'range':>16} {'ratio':>6}")
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(values, naive, strict=True))
        spread = f"{min(values):.0f} to {max(values):.0f}"
        print(f"{name:32} {statistics.median(values):10.0f} {spread:>16} {ratio:6.2f}")
    print(f"{rounds} rounds; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
