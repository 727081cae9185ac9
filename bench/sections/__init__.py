"""The sections of the bench, in their order: modules with `measure(run: Run) -> Findings`."""

from __future__ import annotations

import importlib
from typing import cast

from bench.results import Section

SECTIONS = ("cold", "warm", "pace", "latency", "scale", "money", "trouble")


def section(name: str) -> Section:
    """The function that measures this one."""
    return cast("Section", importlib.import_module(f"bench.sections.{name}").measure)
