"""How many sends a second the sandbox takes with `rate_limit: off`: in memory, with a file, and
with its inbox open in a browser that shows every change.

The client shares the machine with the server, so it is as lean as it can be: raw sockets, the
request's bytes made once, the answer read by its length. `python -m bench.sandbox_throughput`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import expect

from sandbox.testing import RunningSandbox
from tests.support.browser import MISSING, chromium, has_chromium

TARGET_SENDS_PER_SECOND = 1000


def send_request(api_key: str) -> bytes:
    """The bytes of one typical send."""
    body = json.dumps(
        {
            "templateId": "order-confirmation",
            "to": [{"email": "customer@example.com", "name": "A Customer"}],
            "variables": {"firstName": "Ada", "orderNumber": "A-1001"},
            "tags": ["order", "relay"],
            "metadata": {"relayId": "0f8c3a52-6f7b-4f0e-9f58-2b1a1f6f0c11"},
        }
    ).encode()
    head = (
        "POST /api/emails/send HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {api_key}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send_many(port: int, *, request: bytes, sends: int, connections: int) -> float:
    """Seconds for that many sends over that many kept-alive connections."""
    left = iter(range(sends))

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
            start = head.index(b"Content-Length: ") + 16
            await reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    return time.perf_counter() - started


@contextmanager
def open_inbox(sandbox: RunningSandbox) -> Iterator[None]:
    """The inbox is open in a browser, and at the end it must show every mail."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(sandbox.url)
        expect(page.locator("#connection")).to_have_text("Live")
        yield
        total = sandbox.control("GET", "/emails?limit=0")["total"]
        expect(page.locator("#mails .count")).to_contain_text(f"{total:,} accepted")


def measure(
    database: str, *, sends: int, connections: int, runs: int, watched: bool
) -> list[float]:
    """Sends a second of each run against one server."""
    with (
        RunningSandbox(database=database) as sandbox,
        open_inbox(sandbox) if watched else nullcontext(),
        # The browser's driver has an event loop of its own in this thread.
        ThreadPoolExecutor(1) as thread,
    ):
        port = int(sandbox.url.rsplit(":", 1)[1])
        sandbox.control("PUT", "/profile", {"rate_limit": "off"})
        request = send_request(sandbox.control("POST", "/keys", {"name": "bench"})["apiKey"])
        rates = []
        for _ in range(runs):
            duration = send_many(port, request=request, sends=sends, connections=connections)
            rates.append(sends / thread.submit(asyncio.run, duration).result())
        total = sandbox.control("GET", "/emails?limit=0")["total"]
        if total != sends * runs:
            raise RuntimeError(f"{total} mails are stored, {sends * runs} were sent")
    return rates


def main() -> int:
    """Print the medians; 1 when one of them is below the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    medians = []
    with tempfile.TemporaryDirectory() as folder:
        for label, database, watched in (
            (":memory:", ":memory:", False),
            ("file", str(Path(folder) / "sandbox.db"), False),
            ("inbox open", ":memory:", True),
        ):
            if watched and not has_chromium():
                print(f"{label:10} not measured: {MISSING}")
                continue
            rates = measure(
                database,
                sends=options.sends,
                connections=options.connections,
                runs=options.runs,
                watched=watched,
            )
            medians.append(statistics.median(rates))
            runs = " ".join(f"{rate:.0f}" for rate in rates)
            print(f"{label:10} {medians[-1]:6.0f} sends/s (median of {runs})")
    return 0 if min(medians) >= TARGET_SENDS_PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
