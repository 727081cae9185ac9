from __future__ import annotations

import pytest

from tests.integration.relayctl.station import Station, make_tests_fast
from tests.support.aws import fake_aws


@pytest.fixture
def station(tmp_path, monkeypatch):
    make_tests_fast(monkeypatch)
    with fake_aws():
        yield Station(tmp_path)
