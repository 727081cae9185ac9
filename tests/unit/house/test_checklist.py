"""Each item of the sandbox's checklist has its test."""

from __future__ import annotations

from tests.checklist.finding import marked_tests
from tests.checklist.items import ITEMS, UNTESTED
from tests.checklist.page import page


def test_every_item_has_a_test_or_a_reason() -> None:
    assert sorted(ITEMS.keys() - marked_tests().keys()) == sorted(UNTESTED)


def test_no_mark_names_an_unknown_item() -> None:
    assert marked_tests().keys() - ITEMS.keys() == set()


def test_a_failure_stands_in_its_row() -> None:
    tests = {item: [f"test_x.py::test_{item}"] for item in ITEMS}
    outcomes = {test: "passed" for (test,) in tests.values()} | {"test_x.py::test_FM-S1": "failed"}
    lines = page(tests, outcomes).splitlines()
    (row,) = [line for line in lines if line.startswith("| FM-S1 |")]
    assert row.endswith("| `test_FM-S1` | failed |")
    assert f"{len(ITEMS) - 1} of {len(ITEMS)} items passed." in lines
