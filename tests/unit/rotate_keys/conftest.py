"""A world for each test of the rotation."""

from __future__ import annotations

import pytest

from tests.support.rotating import World


@pytest.fixture
def world():
    return World()
