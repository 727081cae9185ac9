"""What the bench says of its figures."""

from __future__ import annotations

import json

import pytest

from bench import __main__ as command
from bench import report
from bench.results import NAIVE, OURS, Bound, Findings, Series
from bench.tables import number, series_table, verdict


def series(subject, *values):
    return Series(quantity="CPU", subject=subject, unit="ms", values=values)


def test_a_ratio_is_of_rounds_that_ran_side_by_side():
    # The second round was slow for both; a ratio of medians would say 1.5.
    assert series(OURS, 10.0, 30.0, 11.0).beside(series(NAIVE, 10.0, 30.0, 2.0)) == 1.0


def test_a_ratio_of_different_numbers_of_rounds_is_of_medians():
    assert series(OURS, 10.0).beside(series(NAIVE, 2.0, 4.0, 6.0)) == 2.5


@pytest.mark.parametrize(
    ("value", "sense", "held"),
    [(1.15, "at most", True), (1.16, "at most", False), (97, "at least", False)],
)
def test_a_bound_holds_up_to_its_limit(value, sense, held):
    limit = 1.15 if sense == "at most" else 97.5
    assert Bound(claim="x", value=value, limit=limit, sense=sense).held is held


@pytest.mark.parametrize(
    ("value", "at_best", "said"),
    [
        (1.2, 1.4, "held"),
        (1.5, None, "**not held**"),
        (1.5, 1.25, "**not held**"),
        (1.5, 1.4, "**not held**, out of reach: at best 1.40"),
    ],
)
def test_only_what_is_best_beyond_the_limit_is_out_of_reach(value, at_best, said):
    assert verdict(Bound(claim="x", value=value, limit=1.25, at_best=at_best)) == said


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (3.0, "3"), (1.154, "1.15"), (12.34, "12.3"), (2406.7, "2,407")],
)
def test_numbers_have_as_many_digits_as_say_something(value, text):
    assert number(value) == text


def test_the_table_has_us_beside_each_peer():
    findings = Findings(
        title="t", about="a", rounds=1, series=(series(OURS, 3.0), series(NAIVE, 2.0))
    )
    table = series_table(findings)
    assert table.columns == ("", OURS, NAIVE, "beside naive")
    assert table.rows == (("CPU, ms", "3", "2", "1.50 times"),)


def test_what_is_written_can_be_read_back(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text(
        "".join(f"<!-- bench: {n} -->\n<!-- end of {n} -->\n" for n in ("targets", "x"))
    )
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "PAGE", page)
    findings = Findings(
        title="t",
        about="How it was measured.",
        rounds=2,
        series=(series(OURS, 1.0, 3.0),),
        bounds=(Bound(claim="a claim", value=2, limit=1),),
    )
    report.write("x", findings, full=True)
    kept = json.loads((tmp_path / "results" / "x.json").read_text())
    assert kept["series"][0]["median"] == 2.0
    assert kept["bounds"][0]["held"] is False
    assert "| x | a claim | at most 1 | 2 | **not held** |" in page.read_text()
    assert "How it was measured." in page.read_text()


@pytest.mark.parametrize(
    ("value", "at_best", "status"), [(1.2, None, 0), (1.5, None, 1), (1.5, 1.2, 1), (1.5, 1.4, 0)]
)
def test_a_run_fails_by_a_target_that_could_have_been_held(value, at_best, status, monkeypatch):
    bound = Bound(claim="a claim", value=value, limit=1.25, at_best=at_best)
    findings = Findings(title="t", about="a", rounds=1, bounds=(bound,))
    monkeypatch.setattr(command, "section", lambda _name: lambda _run: findings)
    assert command.main(["--section", "warm"]) == status
