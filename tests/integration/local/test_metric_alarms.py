"""Alarms on the running emulator: which metric they watch, when they change, and whom they tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.cloudwatch.alarms import ALARMS, evaluate_all
from tests.integration.local.stacks import Emulator, eventually
from tests.integration.local.watching import MINUTE, Watching


@pytest.fixture
def watching(emulator: Emulator) -> Watching:
    return Watching(emulator)


def _dimensions(**names: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": names[name]} for name in names]


def test_new_alarm_without_data_says_so(watching: Watching) -> None:
    alarm = watching.alarm()

    described = watching.described(alarm)
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert described["StateReason"] == "Unchecked: Initial alarm creation"
    assert watching.state(alarm) == "INSUFFICIENT_DATA"


def test_alarm_rings_by_itself(watching: Watching) -> None:
    alarm = watching.alarm()

    watching.put("Mail", 11)

    assert eventually(lambda: watching.described(alarm)["StateValue"] == "ALARM", seconds=5)


def test_only_the_alarms_own_dimensions_count(watching: Watching) -> None:
    prod = watching.alarm(Dimensions=_dimensions(env="prod"))
    both = watching.alarm(Dimensions=_dimensions(env="prod", host="a"))
    none = watching.alarm()

    watching.put("Mail", 50, env="dev")
    watching.put("Mail", 50, env="prod", host="a")

    states = [watching.state(alarm) for alarm in (prod, both, none)]
    assert states == ["INSUFFICIENT_DATA", "ALARM", "INSUFFICIENT_DATA"]


def test_only_the_alarms_own_unit_counts(watching: Watching) -> None:
    alarm = watching.alarm(Unit="Count")

    watching.put("Mail", 50, unit="Seconds")
    assert watching.state(alarm) == "INSUFFICIENT_DATA"
    watching.put("Mail", 11, unit="Count")
    assert watching.state(alarm) == "ALARM"


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("Sum", 60.0),
        ("Average", 20.0),
        ("Maximum", 30.0),
        ("Minimum", 10.0),
        ("SampleCount", 3.0),
        ("p50", 20.0),
        ("p100", 30.0),
    ],
)
def test_statistic(watching: Watching, statistic: str, expected: float) -> None:
    extended = statistic.startswith("p")
    alarm = watching.alarm(
        Statistic=None if extended else statistic,
        ExtendedStatistic=statistic if extended else None,
        ComparisonOperator="LessThanThreshold",
        Threshold=1000,
    )
    for value in (10, 30, 20):
        watching.put("Mail", value)

    assert watching.state(alarm) == "ALARM"
    reason = json.loads(watching.described(alarm)["StateReasonData"])
    assert reason["recentDatapoints"] == [expected]
    assert reason["statistic"] == statistic


def test_two_of_three(watching: Watching) -> None:
    alarm = watching.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    seen = []
    for value in (11, 1, 11, 1, 1):
        watching.put("Mail", value)
        seen.append(watching.state(alarm))
        watching.pass_time(MINUTE)

    assert seen == ["OK", "OK", "ALARM", "OK", "OK"]


def test_points_of_one_period_are_one(watching: Watching) -> None:
    alarm = watching.alarm(EvaluationPeriods=2, Period=5 * MINUTE)

    watching.put("Mail", 6)
    watching.pass_time(2 * MINUTE)
    watching.put("Mail", 6)
    assert watching.state(alarm) == "OK"
    watching.pass_time(4 * MINUTE)
    watching.put("Mail", 12)

    assert watching.state(alarm) == "OK"
    watching.pass_time(2 * MINUTE)
    assert watching.state(alarm) == "ALARM"


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("missing", ["ALARM", "INSUFFICIENT_DATA"]),
        (None, ["ALARM", "INSUFFICIENT_DATA"]),
        ("ignore", ["ALARM", "ALARM"]),
        ("breaching", ["ALARM", "ALARM"]),
        ("notBreaching", ["ALARM", "OK"]),
    ],
)
def test_metric_that_stops(watching: Watching, treatment: str | None, expected: list[str]) -> None:
    alarm = watching.alarm(TreatMissingData=treatment)
    watching.put("Mail", 11)

    seen = [watching.state(alarm)]
    watching.pass_time(4 * MINUTE)
    seen.append(watching.state(alarm))

    assert seen == expected


def test_dead_man_rings_before_the_first_point(watching: Watching) -> None:
    alarm = watching.alarm(TreatMissingData="breaching")

    assert watching.state(alarm) == "ALARM"
    watching.put("Mail", 1)
    assert watching.state(alarm) == "OK"


def test_forecast_by_metric_math(watching: Watching) -> None:
    alarm = watching.math_alarm(
        "IF(RATE(used) > 0, (limit - used) / RATE(used), 1e9)",
        "Used",
        "Limit",
        Threshold=3600,
        ComparisonOperator="LessThanThreshold",
    )
    watching.put("Used", 100)
    watching.put("Limit", 1000)
    watching.pass_time(MINUTE)
    watching.put("Used", 101)
    watching.put("Limit", 1000)
    # 899 are left, and one goes every minute.
    assert watching.state(alarm) == "OK"

    watching.pass_time(MINUTE)
    watching.put("Used", 201)
    watching.put("Limit", 1000)

    # 799 are left, and 100 go every minute.
    assert watching.state(alarm) == "ALARM"
    reason = json.loads(watching.described(alarm)["StateReasonData"])
    assert reason["recentDatapoints"] == pytest.approx([7.99 * MINUTE])
    assert "statistic" not in reason


def test_described_alarm_is_what_was_put(watching: Watching) -> None:
    plain = watching.described(watching.alarm(ExtendedStatistic="p99", Statistic=None))
    math = watching.described(watching.math_alarm("mail * 2", "Mail"))

    assert (plain["ExtendedStatistic"], plain.get("Statistic")) == ("p99", None)
    assert "DatapointsToAlarm" not in plain
    assert [query["Id"] for query in math["Metrics"]] == ["mail", "result"]
    assert not {"MetricName", "Namespace", "Statistic", "Period", "Dimensions"} & set(math)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be at least 1"),
        ({"Statistic": None}, "The statistic"),
        ({"Statistic": None, "ExtendedStatistic": "tm99"}, "tm99 is not supported here"),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "is not supported here"),
        ({"MetricName": None}, "needs Metrics, or MetricName"),
        ({"Period": 45}, "The period 45 must be"),
        ({"Period": 5}, "10, 20, 30 or a multiple of 60"),
        ({"TreatMissingData": "maybe"}, "TreatMissingData must be one of"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "either Metrics or"),
    ],
)
def test_refused_alarm_is_not_stored(
    watching: Watching, properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        watching.alarm(**({"AlarmName": "refused"} | properties))

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert watching.metrics.describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("expression", "names", "message"),
    [
        ("SEARCH('{a}', 'Sum')", ("Mail",), "SEARCH is not supported here. Supported: ABS"),
        ("mail + other", ("Mail",), "refers to unknown ids: other"),
        ("SUM(mail)", ("Mail",), "must be a time series"),
        ("1 + 1", (), "1 to 10 metrics|must be a time series"),
        ("METRICS()", ("Mail", "Other"), "one time series, not several"),
    ],
)
def test_refused_metric_math(
    watching: Watching, expression: str, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        watching.math_alarm(expression, *names)


def test_metrics_of_an_alarm_have_one_period_and_one_result(watching: Watching) -> None:
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    mail, other = watching.query("Mail"), watching.query("Other", period=5 * MINUTE)

    with pytest.raises(ClientError, match="Exactly one query"):
        watching.alarm(Metrics=[mail, watching.query("Third")], **single)
    with pytest.raises(ClientError, match="the same period"):
        watching.alarm(Metrics=[mail, other | {"ReturnData": False}], **single)


def test_history_tells_every_change(watching: Watching) -> None:
    alarm = watching.alarm()
    watching.put("Mail", 11)
    watching.state(alarm)
    watching.pass_time(5 * MINUTE)

    items = watching.metrics.describe_alarm_history(AlarmName=alarm, ScanBy="TimestampAscending")[
        "AlarmHistoryItems"
    ]

    changes = [json.loads(item["HistoryData"]) for item in items]
    states = [(each["oldState"]["stateValue"], each["newState"]["stateValue"]) for each in changes]
    assert ("INSUFFICIENT_DATA", "ALARM") in states
    assert ("ALARM", "INSUFFICIENT_DATA") in states
    assert states.count(("INSUFFICIENT_DATA", "ALARM")) == 1


def test_updated_alarm_keeps_its_state_until_it_is_looked_at(watching: Watching) -> None:
    alarm = watching.alarm()
    watching.put("Mail", 11)
    assert watching.state(alarm) == "ALARM"

    watching.alarm(AlarmName=alarm, Threshold=100)

    assert watching.state(alarm) == "OK"


def test_deleted_alarm_is_gone(watching: Watching) -> None:
    alarm = watching.alarm()

    watching.metrics.delete_alarms(AlarmNames=[alarm])
    watching.put("Mail", 11)
    watching.pass_time(0)

    assert watching.metrics.describe_alarms(AlarmNames=[alarm])["MetricAlarms"] == []


def test_alarm_that_cannot_be_evaluated_does_not_stop_the_others() -> None:
    store = ALARMS.read()
    whole = {
        "AlarmName": "whole",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:whole",
        "StateValue": "INSUFFICIENT_DATA",
        "Namespace": "in this process",
        "MetricName": "Mail",
        "Statistic": "Sum",
        "EvaluationPeriods": 1,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
    }
    store["broken"] = {"AlarmName": "broken"}
    store["whole"] = whole
    try:
        evaluate_all(now=1_630_457_400.0)
    finally:
        del store["broken"], store["whole"]

    assert whole["StateValue"] == "ALARM"


def test_other_accounts_metrics_are_not_seen(watching: Watching) -> None:
    mine = watching.alarm()
    watching.emulator.put_metric_elsewhere(watching.namespace, "Mail", 50)

    assert watching.state(mine) == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("seconds", [-1, 86_401, "60", None, True])
def test_time_moves_forward_only_and_by_a_day_at_most(watching: Watching, seconds: object) -> None:
    answer = watching.advance({"Seconds": seconds})

    assert answer.status_code == 400
    assert answer.json()["message"] == "Seconds must be a number from 0 to 86400."


def test_time_that_passes_is_seen_in_the_graphs(watching: Watching) -> None:
    watching.put("Mail", 3)
    watching.pass_time(10 * MINUTE)
    watching.put("Mail", 4)

    assert watching.values(watching.query("Mail"))["mail"] == [3.0, 4.0]
    assert watching.values(watching.query("Mail"), minutes=5)["mail"] == [4.0]
