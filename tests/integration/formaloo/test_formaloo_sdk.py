"""Formaloo's own SDK and our client, side by side against the same sandbox."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

READER = Path(__file__).with_name("sdk_reader.py")


class Sdk:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read_rows(self, form_slug: str) -> tuple[int, int]:
        """The status in the answer's envelope and the number of rows."""
        self._process.stdin.write(f"{form_slug}\n")
        self._process.stdin.flush()
        status, rows = self._process.stdout.readline().split()
        return int(status), int(rows)


@pytest.fixture
def sdk(provider, tmp_path) -> Iterator[Sdk]:
    pair = provider.current()
    process = subprocess.Popen(
        [sys.executable, "-I", str(READER)],
        cwd=tmp_path,
        env={
            "FORMALOO_API_BASE": f"{provider.url}/v1.0/",
            "FORMALOO_CLIENT_KEY": pair.api_key.reveal(),
            "FORMALOO_CLIENT_SECRET": pair.secret_key.reveal(),
            "NO_PROXY": "*",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Sdk(process)
        finally:
            process.kill()


def test_after_31_seconds_the_sdk_fails_for_minutes_and_our_client_does_not(
    provider, client, clock, sdk
):
    form = provider.form["slug"]
    assert sdk.read_rows(form) == (200, 3)
    assert len(list(client.rows(form))) == 3

    clock.advance(31)

    assert [sdk.read_rows(form) for _ in range(3)] == [(401, 0)] * 3
    assert [len(list(client.rows(form))) for _ in range(3)] == [3] * 3
    # One of the SDK's and two of ours.
    assert provider.mints == 3
