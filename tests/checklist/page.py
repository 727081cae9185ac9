"""The checklist as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.checklist.items import ITEMS, UNTESTED

_HEAD = """# What the sandbox reproduces

`make checklist` runs these tests and writes this page. FM is Forma Mail, FL is Formaloo, X is both.
Where the providers' documents are silent, a knob of `sandbox/profile.py` decides.

{summary}

| item | what | tests | result |
|---|---|---|---|
"""


def page(tests: Mapping[str, Sequence[str]], outcomes: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        tests: The tests of each item.
        outcomes: What came of each test; one that is missing here did not run.
    """
    rows = []
    passed = 0
    for item, text in ITEMS.items():
        results = {outcomes.get(test, "did not run") for test in tests.get(item, [])}
        passed += results == {"passed"}
        names = "<br>".join(f"`{test.rpartition('::')[2]}`" for test in tests.get(item, []))
        result = ", ".join(sorted(results)) if results else UNTESTED[item]
        rows.append(f"| {item} | {text} | {names} | {result} |\n")
    summary = f"{passed} of {len(ITEMS)} items passed."
    return _HEAD.format(summary=summary) + "".join(rows)
