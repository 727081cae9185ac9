from __future__ import annotations

from collections import Counter

import pytest

from tests.crash.report import END
from tests.crash.rotation.matrix import Matrix
from tests.crash.rotation.plan import Cell
from tests.crash.rotation.report import BEGIN, totals, write_report
from tests.crash.rotation.run import Result


@pytest.fixture
def matrix():
    matrix = Matrix()
    matrix.add(Result(Cell("none", "", 1), passed=Counter({"Journal.take:before": 1})))
    killed = Result(Cell("none", "Journal.take:before", 2), killed=["Journal.take:before"])
    killed.most_keys = 2
    matrix.add(killed)
    matrix.add(Result(Cell("pair-lost", "", 3), persons=1, violations=["two pairs"]))
    return matrix


def test_the_totals_are_those_of_all_faults(matrix):
    assert totals(matrix).splitlines()[2] == "| 3 | 1 | 2 | 1 | 1 |"


def test_both_pages_get_what_is_theirs(matrix, tmp_path):
    page, readme = tmp_path / "page.md", tmp_path / "readme.md"
    for one in (page, readme):
        one.write_text(f"# before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    write_report(matrix, page=page, readme=readme, seconds=60.0, seed=1)
    assert page.read_text().startswith(f"# before\n\n{BEGIN}\n\n**3 rotations, 1 processes killed;")
    assert readme.read_text().startswith(f"# before\n\n{BEGIN}\n\n| rotations | ")
    assert all(one.read_text().endswith(f"{END}\n\nafter\n") for one in (page, readme))
