"""The collector's rhythm, which a cold start would pay for."""

from __future__ import annotations

import gc
import importlib

import formarelay.startup


def test_the_collector_looks_less_often_once_it_is_imported():
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        importlib.reload(formarelay.startup)
        assert gc.get_threshold() == (50_000, 10, 10)
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
