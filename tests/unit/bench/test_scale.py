"""What the bench says a mail costs after many others."""

from __future__ import annotations

import pytest

from bench.sections.scale import Part, cost_at


def part(cpu_seconds, *, requests=220, peak_kib=1024):
    return Part(cpu_seconds=cpu_seconds, requests=requests, sent_bytes=180_000, peak_kib=peak_kib)


def test_only_the_thousand_mails_before_the_mark_count():
    before, after = [part(9.0)] * 10, [part(9.0, peak_kib=9 * 1024)] * 10
    around = [part(0.3)] * 9 + [part(0.2, requests=240, peak_kib=2048)]
    cost = cost_at([*before, *around, *after], 2_000)
    assert cost.cpu_ms == pytest.approx(2.0)
    assert (cost.requests, cost.sent_bytes, cost.peak_mib) == (2.2, 1_800, 2.0)
