"""One crew for all tests of rotations: starting its emulators and sandboxes takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.crew import Crew
from tests.crash.resources import read_resources
from tests.crash.rotation.plan import Cell
from tests.crash.rotation.run import Result
from tests.crash.rotation.worker import work


@pytest.fixture(scope="session")
def rotation_crew() -> Iterator[Crew[Cell, Result]]:
    with Crew[Cell, Result](2, read_resources(), work) as running:
        yield running
