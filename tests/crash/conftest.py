"""One crew for all tests of this folder: starting its emulators and sandboxes takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.crew import Crew
from tests.crash.resources import read_resources


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    with Crew(2, read_resources()) as running:
        yield running
