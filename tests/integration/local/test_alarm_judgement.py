"""When an alarm changes, by the tables of AWS's user guide and around them."""

from __future__ import annotations

from typing import Any

import pytest

from local.emulator.cloudwatch.judgement import ALARM, INSUFFICIENT_DATA, OK, Rule, judge
from local.emulator.cloudwatch.reasons import Observation, data, describe
from local.emulator.cloudwatch.refusals import MetricRefusedError

ASKED = {
    "EvaluationPeriods": 3,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def _rule(**properties: Any) -> Rule:
    return Rule.of(ASKED | properties)


def _points(drawn: str) -> list[float | None]:
    """From the guide's notation, oldest first: 0 is within the threshold, X breaches it."""
    return [{"0": 1.0, "X": 11.0, "-": None}[sign] for sign in reversed(drawn.split())]


@pytest.mark.parametrize(
    ("drawn", "needed", "expected"),
    [
        ("0 - X - X", 3, (OK, OK, OK, OK)),
        ("0 - - - -", 3, (OK, OK, OK, OK)),
        ("- - - - -", 3, (INSUFFICIENT_DATA, None, ALARM, OK)),
        ("0 X X - X", 3, (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", 3, (ALARM, None, ALARM, OK)),
        ("0 - X - X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", 2, (OK, OK, ALARM, OK)),
        ("- - - - 0", 2, (OK, OK, ALARM, OK)),
        ("- - - X -", 2, (ALARM, None, ALARM, OK)),
    ],
)
def test_tables_of_the_guide(
    drawn: str, needed: int, expected: tuple[str | None, str | None, str | None, str | None]
) -> None:
    found = tuple(
        judge(_points(drawn), _rule(DatapointsToAlarm=needed, TreatMissingData=treatment))
        for treatment in TREATMENTS
    )

    assert found == expected


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_lone_new_point_does_not_ring(drawn: str) -> None:
    assert judge(_points(drawn), _rule()) == OK


@pytest.mark.parametrize(
    ("drawn", "expected"), [("X X X 0 0", OK), ("0 0 X X X", ALARM), ("X X 0 X X", OK)]
)
def test_only_the_newest_points_count(drawn: str, expected: str) -> None:
    assert judge(_points(drawn), _rule()) == expected


def test_late_point_does_no_harm() -> None:
    dead_man = _rule(EvaluationPeriods=1, TreatMissingData="breaching")

    assert judge(_points("0 0 -"), dead_man) == OK
    assert judge(_points("0 - -"), dead_man) == OK
    assert judge(_points("- - -"), dead_man) == ALARM


@pytest.mark.parametrize(
    ("comparison", "at", "below", "above"),
    [
        ("GreaterThanThreshold", OK, OK, ALARM),
        ("GreaterThanOrEqualToThreshold", ALARM, OK, ALARM),
        ("LessThanThreshold", OK, ALARM, OK),
        ("LessThanOrEqualToThreshold", ALARM, ALARM, OK),
    ],
)
def test_comparison_at_the_threshold(comparison: str, at: str, below: str, above: str) -> None:
    rule = _rule(EvaluationPeriods=1, ComparisonOperator=comparison)

    assert [judge([value], rule) for value in (10.0, 9.9, 10.1)] == [at, below, above]


def test_all_periods_are_needed_unless_told_otherwise() -> None:
    assert _rule().needed == 3


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"DatapointsToAlarm": 4}, "at most EvaluationPeriods: 4 of 3"),
        ({"EvaluationPeriods": 0}, "at least 1"),
        ({"TreatMissingData": "Missing"}, "must be one of missing, notBreaching"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "is not supported here"),
        ({"Threshold": None}, "needs a Threshold"),
    ],
)
def test_refused_rule(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(MetricRefusedError, match=message):
        _rule(**properties)


def _observed(drawn: str) -> list[Observation]:
    starts = range(1_630_457_400, 0, -60)
    return [Observation(start, value) for start, value in zip(starts, _points(drawn), strict=False)]


@pytest.mark.parametrize(
    ("drawn", "properties", "state", "expected"),
    [
        (
            "0 X X",
            {"DatapointsToAlarm": 2},
            ALARM,
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [11.0 (01/09/21 00:50:00), 11.0 "
                "(01/09/21 00:49:00)] were greater than the threshold (10.0) (minimum 2 datapoints "
                "for OK -> ALARM transition)."
            ),
        ),
        (
            "0",
            {"EvaluationPeriods": 1},
            OK,
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/09/21 00:50:00)] was "
                "not greater than the threshold (10.0) (minimum 1 datapoint for ALARM -> OK "
                "transition)."
            ),
        ),
        (
            "0 X X",
            {},
            OK,
            (
                "Threshold Crossed: 1 out of the last 3 datapoints [1.0 (01/09/21 00:48:00)] was "
                "not greater than the threshold (10.0) (minimum 1 datapoint for ALARM -> OK "
                "transition)."
            ),
        ),
        (
            "- - -",
            {"EvaluationPeriods": 1, "TreatMissingData": "breaching"},
            ALARM,
            (
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing "
                "datapoint was treated as [Breaching]."
            ),
        ),
        (
            "- - -",
            {"TreatMissingData": "notBreaching"},
            OK,
            (
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing "
                "datapoints were treated as [NonBreaching]."
            ),
        ),
        ("- - -", {}, INSUFFICIENT_DATA, "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_reason(drawn: str, properties: dict[str, Any], state: str, expected: str) -> None:
    assert describe(_observed(drawn), _rule(**properties), state=state) == expected


def test_reason_data() -> None:
    found = data(_observed("0 X -"), _rule(), period=60, now=1_630_457_420.25, statistic="Maximum")

    assert found == {
        "version": "1.0",
        "queryDate": "2021-09-01T00:50:20.250+0000",
        "startDate": "2021-09-01T00:48:00.000+0000",
        "statistic": "Maximum",
        "period": 60,
        "recentDatapoints": [1.0, 11.0],
        "threshold": 10.0,
        "evaluatedDatapoints": [
            {"timestamp": "2021-09-01T00:49:00.000+0000", "value": 11.0},
            {"timestamp": "2021-09-01T00:48:00.000+0000", "value": 1.0},
        ],
    }
