"""docs/doctor.md shows the checks as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from relayctl.doctor.catalogue import BEGIN, END, renewed, table
from relayctl.doctor.registry import CHECKS

DOCUMENT = Path(__file__).parents[4] / "docs" / "doctor.md"


def test_the_table_in_the_docs_is_current():
    text = DOCUMENT.read_text()
    assert text == renewed(text), (
        "run: PYTHONPATH=layers/formarelay python -m relayctl.doctor.catalogue docs/doctor.md"
    )


def test_every_check_has_a_row_of_five_cells():
    rows = table(CHECKS).splitlines()[3:-1]
    assert [row.split("`")[1] for row in rows] == [check.id for check in CHECKS]
    assert {row.count("|") for row in rows} == {6}


def test_what_stands_around_the_table_stays():
    assert renewed(f"a\n{BEGIN}\nold\n{END}\nb") == f"a\n{table(CHECKS)}\nb"


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_document_without_the_marks_is_refused(text):
    with pytest.raises(ValueError, match=r"^no <!-- checks: begin -->"):
        renewed(text)
