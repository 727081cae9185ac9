from __future__ import annotations

from collections import Counter

import pytest

from tests.crash.matrix import Matrix
from tests.crash.plan import Cell, make_plan
from tests.crash.points import ANY_MOMENT, ANY_POINT
from tests.crash.report import BEGIN, END, tables, totals, write_report
from tests.crash.run import Result


def result(cell, **facts):
    return Result(cell, **facts)


@pytest.fixture
def matrix():
    matrix = Matrix()
    scout = Cell("none", "", 1, thorough=True)
    matrix.add(result(scout, passed=Counter({"Ledger.claim:before": 2}), processes=1))
    killed = Cell("none", "Ledger.claim:before", 2)
    matrix.add(
        result(
            killed,
            killed=["Ledger.claim:before", "Ledger.claim:after"],
            struck=True,
            processes=3,
            endings=Counter({"sent": 4, "refused": 1}),
            repeated_dead_letters=1,
        )
    )
    lost = Cell("drop", "Ledger.claim:before", 3)
    matrix.add(result(lost, processes=1, violations=["lost: mail 1 (plain)"]))
    return matrix


def test_the_summary_counts_everything(matrix):
    summary, *_ = tables(matrix, seconds=90.0, seed=7)
    assert summary == (
        "**3 runs, 2 processes killed, 5 mails followed to their end; 1 runs in which a mail was "
        "lost, sent twice, stuck or ended as it may not, or in which a key was written "
        "anywhere.** 2 minutes, 0.0 runs a second, first seed 7."
    )


def test_a_fault_has_a_row(matrix):
    _, faults, _ = tables(matrix, seconds=90.0, seed=7)
    lines = faults.splitlines()
    assert lines[0] == (
        "| fault | what happens | runs | kills | sent | refused | expired | held | "
        "repeated dead letters | violations |"
    )
    assert "| `none` | nothing but the kill | 2 | 2 | 4 | 1 | 0 | 0 | 1 | 0 |" in lines


def test_a_point_has_a_row_even_without_a_kill(matrix):
    *_, points = tables(matrix, seconds=90.0, seed=7)
    lines = points.splitlines()
    assert "| `Ledger.claim:before` | 1 | 1 of 1 |" in lines
    assert "| `Ledger.settle:before` | 0 | 0 of 0 |" in lines


def test_the_totals_are_those_of_all_faults(matrix):
    assert totals(matrix).splitlines() == [
        (
            "| runs | processes killed | mails sent | mails refused | mails expired | mails held "
            "| runs with a mail lost or sent twice |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 3 | 2 | 4 | 1 | 0 | 0 | 1 |",
    ]


def test_only_what_stands_between_the_marks_is_replaced(matrix, tmp_path):
    page, readme = tmp_path / "page.md", tmp_path / "readme.md"
    for one in (page, readme):
        one.write_text(f"# before\n\n{BEGIN}\nold text\n{END}\n\nafter\n")
    write_report(matrix, page=page, readme=readme, seconds=90.0, seed=7)
    assert page.read_text().startswith(f"# before\n\n{BEGIN}\n\n**3 runs, ")
    assert readme.read_text().startswith(f"# before\n\n{BEGIN}\n\n| runs | ")
    for one in (page, readme):
        assert one.read_text().endswith(f" |\n\n{END}\n\nafter\n")
        assert "old text" not in one.read_text()


def test_a_page_without_marks_is_left_as_it_is(matrix, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# nothing to replace\n")
    with pytest.raises(ValueError, match=r"has lost its marks$"):
        write_report(matrix, page=page, readme=page, seconds=90.0, seed=7)
    assert page.read_text() == "# nothing to replace\n"


def test_a_cell_decides_its_plan():
    cell = Cell("at-once", "Ledger.claim:after", 5, recovering=True)
    first, second = make_plan(cell), make_plan(cell)
    assert (first.kinds, first.kills, first.hidden_seconds, first.stays_warm) == (
        second.kinds,
        second.kills,
        second.hidden_seconds,
        second.stays_warm,
    )
    assert first.rng.random() == second.rng.random()


def test_an_earlier_kill_leaves_an_unknown_outcome_behind():
    kills = make_plan(Cell("none", "Ledger.claim:after", 5, recovering=True, thorough=True)).kills
    assert [kill.point for kill in kills[1:]] == ["Ledger.claim:after"]
    assert kills[0].point in (
        "MailProvider.send/forma-mail:written",
        "MailProvider.send/forma-mail:answered",
    )


def test_some_processes_are_killed_again_while_they_recover():
    plans = [make_plan(Cell("none", "Ledger.claim:after", seed)) for seed in range(100)]
    again = [kill.point for plan in plans for kill in plan.kills[1:]]
    assert set(again) == {ANY_POINT}
    assert 20 <= len(again) <= 80


def test_a_process_that_hangs_is_killed_while_it_hangs():
    passages = [
        make_plan(Cell("accept-hang", ANY_MOMENT, seed)).kills[0].passage for seed in range(50)
    ]
    assert max(passages) > 300


@pytest.mark.parametrize(
    ("cell", "command"),
    [
        (Cell("none", "", 3), "python -m tests.crash --seed 3 --fault none"),
        (
            Cell("drop", "A.b/c:written", 4, recovering=True, thorough=True, sabotage="hasty"),
            (
                "python -m tests.crash --seed 4 --fault drop --point 'A.b/c:written' "
                "--recovering --thorough --sabotage hasty"
            ),
        ),
    ],
)
def test_a_run_says_how_to_repeat_it(cell, command):
    assert cell.command() == command
