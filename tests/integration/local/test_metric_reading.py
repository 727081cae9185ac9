"""GetMetricData, GetMetricStatistics and ListMetrics: the right metric, period and statistic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.stacks import Emulator
from tests.integration.local.watching import MINUTE, Watching

# The beginning of an hour, an hour or two ago.
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


@pytest.fixture
def watching(emulator: Emulator) -> Watching:
    return Watching(emulator)


def _put(watching: Watching, name: str, value: float, *, second: int, **dimensions: str) -> None:
    datum = {
        "MetricName": name,
        "Value": value,
        "Timestamp": START + timedelta(seconds=second),
        "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
    }
    watching.metrics.put_metric_data(Namespace=watching.namespace, MetricData=[datum])


def _data(watching: Watching, *queries: Any, **more: Any) -> list[dict[str, Any]]:
    answer = watching.metrics.get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=START,
        EndTime=START + timedelta(minutes=10),
        **more,
    )
    return [dict(each) for each in answer["MetricDataResults"]]


def _statistics(watching: Watching, **more: Any) -> list[dict[str, Any]]:
    answer = watching.metrics.get_metric_statistics(
        **{
            "Namespace": watching.namespace,
            "MetricName": "Wait",
            "StartTime": START,
            "EndTime": START + timedelta(minutes=10),
            "Period": MINUTE,
        }
        | more
    )
    return list(answer["Datapoints"])


def test_each_dimension_set_is_a_metric_of_its_own(watching: Watching) -> None:
    _put(watching, "Wait", 1, second=0)
    _put(watching, "Wait", 2, second=0, env="prod")
    _put(watching, "Wait", 4, second=0, env="prod", host="a")

    found = [
        _data(watching, watching.query("Wait", **dimensions))[0]["Values"]
        for dimensions in ({}, {"env": "prod"}, {"env": "prod", "host": "a"}, {"host": "a"})
    ]
    assert found == [[1.0], [2.0], [4.0], []]
    assert _statistics(watching, Statistics=["Sum"])[0]["Sum"] == 1.0


def test_periods_are_aligned_and_newest_first(watching: Watching) -> None:
    for second, value in ((0, 1), (59, 2), (60, 4), (299, 8), (300, 16)):
        _put(watching, "Wait", value, second=second)

    (minutes,) = _data(watching, watching.query("Wait"))
    (fives,) = _data(watching, watching.query("Wait", period=300), ScanBy="TimestampAscending")

    assert minutes["Values"] == [16.0, 8.0, 4.0, 3.0]
    assert minutes["Timestamps"][-1] == START
    assert minutes["Timestamps"][0] == START + timedelta(minutes=5)
    assert fives["Values"] == [15.0, 16.0]
    assert fives["Timestamps"] == [START, START + timedelta(minutes=5)]


def test_time_that_is_asked_for_ends_before_its_end(watching: Watching) -> None:
    _put(watching, "Wait", 1, second=-1)
    _put(watching, "Wait", 2, second=600)

    assert _data(watching, watching.query("Wait"))[0]["Values"] == []


def test_first_period_is_whole(watching: Watching) -> None:
    _put(watching, "Wait", 1, second=10)

    (found,) = _statistics(watching, Statistics=["Sum"], StartTime=START + timedelta(seconds=30))

    assert (found["Timestamp"], found["Sum"]) == (START, 1.0)


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("Sum", 5050.0),
        ("Average", 50.5),
        ("Minimum", 1.0),
        ("Maximum", 100.0),
        ("SampleCount", 100.0),
        ("p50", 50.5),
        ("p99", 99.01),
        ("p0", 1.0),
        ("p99.9", 99.901),
    ],
)
def test_statistics_of_data(watching: Watching, stat: str, expected: float) -> None:
    datum = {
        "MetricName": "Wait",
        "Timestamp": START,
        "Values": [float(number) for number in range(1, 101)],
    }
    watching.metrics.put_metric_data(Namespace=watching.namespace, MetricData=[datum])

    (found,) = _data(watching, watching.query("Wait", stat=stat))

    assert found["Values"] == pytest.approx([expected])


def test_expressions_on_metrics(watching: Watching) -> None:
    for second, wait, sent in ((0, 10, 2), (60, 9, 3), (120, 8, 0)):
        _put(watching, "Wait", wait, second=second)
        _put(watching, "Sent", sent, second=second)

    found = _data(
        watching,
        {"Id": "each", "Expression": "wait / sent", "Label": "for each"},
        {"Id": "twice", "Expression": "each * 2"},
        watching.query("Wait") | {"ReturnData": False},
        watching.query("Sent"),
        ScanBy="TimestampAscending",
    )

    assert [(each["Id"], each["Label"], each["Values"]) for each in found] == [
        ("each", "for each", [5.0, 3.0]),
        ("twice", "twice", [10.0, 6.0]),
        ("sent", "Sent", [2.0, 3.0, 0.0]),
    ]
    assert {each["StatusCode"] for each in found} == {"Complete"}


def test_expression_of_all_metrics_gives_a_result_for_each(watching: Watching) -> None:
    _put(watching, "Wait", 10, second=0)
    _put(watching, "Sent", 2, second=0)

    found = _data(
        watching,
        watching.query("Wait") | {"ReturnData": False},
        watching.query("Sent") | {"ReturnData": False},
        {"Id": "all", "Expression": "METRICS() / 2"},
    )

    assert [(each["Id"], each["Values"]) for each in found] == [("all", [5.0]), ("all", [1.0])]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"Id": "a", "Expression": "SEARCH('{x}', 'Sum')"}, "SEARCH is not supported here"),
        ({"Id": "a", "Expression": "b + 1"}, "refers to unknown ids: b"),
        ({"Id": "A", "Expression": "1"}, "must begin with a lower-case letter"),
    ],
)
def test_refused_data_query(watching: Watching, query: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        _data(watching, query)

    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_statistics_of_each_period(watching: Watching) -> None:
    for second, value in ((0, 1), (30, 3), (120, 5)):
        _put(watching, "Wait", value, second=second)

    found = _statistics(watching, Statistics=["Average", "Maximum"], ExtendedStatistics=["p50"])

    assert [
        (each["Timestamp"], each["Average"], each["Maximum"], each["ExtendedStatistics"])
        for each in found
    ] == [
        (START, 2.0, 3.0, {"p50": 2.0}),
        (START + timedelta(minutes=2), 5.0, 5.0, {"p50": 5.0}),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "Statistics and ExtendedStatistics are missing"),
        ({"Statistics": ["Sum"], "Period": 61}, "The period 61 must be"),
        ({"Statistics": ["Sum"], "EndTime": START}, "StartTime must be less than EndTime"),
        ({"Statistics": ["Sum"], "StartTime": START - timedelta(days=2)}, "exceeds the limit"),
        ({"ExtendedStatistics": ["tm90"]}, "tm90 is not supported here"),
    ],
)
def test_refused_statistics(watching: Watching, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        _statistics(watching, **changes)


def test_metrics_are_listed_by_their_dimensions(watching: Watching) -> None:
    _put(watching, "Wait", 1, second=0, env="prod")
    _put(watching, "Wait", 1, second=0, env="dev", host="a")
    _put(watching, "Sent", 1, second=0)

    def listed(**asked: Any) -> list[tuple[str, dict[str, str]]]:
        found = watching.metrics.list_metrics(Namespace=watching.namespace, **asked)["Metrics"]
        return [
            (each["MetricName"], {pair["Name"]: pair["Value"] for pair in each["Dimensions"]})
            for each in found
        ]

    assert len(listed()) == 3
    assert listed(MetricName="Sent") == [("Sent", {})]
    assert listed(Dimensions=[{"Name": "env", "Value": "prod"}]) == [("Wait", {"env": "prod"})]
    assert listed(Dimensions=[{"Name": "host"}]) == [("Wait", {"env": "dev", "host": "a"})]
