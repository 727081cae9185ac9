"""Invocations are measured, and the metrics in their logs are extracted."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.emulator.cloudwatch.embedded import EmbeddedMetricError, Measurement, measurements
from local.emulator.cloudwatch.points import Metric
from tests.integration.local.stacks import Emulator, eventually, function
from tests.integration.local.watching import Watching

# Prints the lines that it is told to, and fails if it is told to.
CODE = """
    import json

    def handle(event, context):
        records = event.get("Records")
        asked = json.loads(records[0]["body"]) if records else event
        for line in asked.get("lines", []):
            print(line)
        if asked.get("fail"):
            raise RuntimeError("broken on purpose")
"""
NOW = 1_795_710_676.0


def _document(**changes: Any) -> dict[str, Any]:
    directive = {
        "Namespace": "space",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "Sent", "Unit": "Count"}],
    }
    metadata = {"Timestamp": int(NOW * 1000) - 250, "CloudWatchMetrics": [directive | changes]}
    return {"_aws": metadata, "service": "send", "host": "a", "Sent": 3}


def _found(document: object) -> list[Measurement]:
    return measurements(json.dumps(document), now=NOW)


def _metric(namespace: str = "space", name: str = "Sent", **dimensions: str) -> Metric:
    return Metric(namespace, name, dimensions)


def test_document_becomes_a_measurement() -> None:
    assert _found(_document()) == [
        Measurement(_metric(service="send"), (3.0,), "Count", NOW - 0.25)
    ]


def test_every_dimension_set_is_a_metric() -> None:
    found = _found(_document(Dimensions=[["service"], ["service", "host"], []]))

    assert [each.metric.dimensions for each in found] == [
        {"service": "send"},
        {"service": "send", "host": "a"},
        {},
    ]


def test_no_dimension_set_is_no_metric() -> None:
    assert _found(_document(Dimensions=[])) == []


def test_several_namespaces_values_and_units() -> None:
    document = _document()
    other = {
        "Namespace": "other",
        "Dimensions": [[]],
        "Metrics": [{"Name": "Wait", "Unit": "Milliseconds"}, {"Name": "Sent"}],
    }
    document["_aws"]["CloudWatchMetrics"].append(other)
    document["Wait"] = [1, 2.5, 4]

    found = {(each.metric.namespace, each.metric.name): each for each in _found(document)}

    assert found["other", "Wait"].values == (1.0, 2.5, 4.0)
    assert found["other", "Wait"].unit == "Milliseconds"
    assert found["other", "Sent"].unit == "None"
    assert found["space", "Sent"].unit == "Count"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain text",
        "[1]",
        "{not json",
        '{"level": "INFO"}',
        '{"_aws": 1}',
        '{"_aws": {}}',
        '2026 {"_aws": {"CloudWatchMetrics": []}}',
    ],
)
def test_other_lines_are_no_documents(line: str) -> None:
    assert measurements(line, now=NOW) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Namespace": None}, "Namespace is no text"),
        ({"Namespace": ""}, "Namespace is no text"),
        ({"Dimensions": None}, "Dimensions is no list"),
        ({"Dimensions": ["service"]}, "a dimension set is no list"),
        ({"Dimensions": [["missing"]]}, "the dimension missing has no text"),
        ({"Dimensions": [["Sent"]]}, "the dimension Sent has no text"),
        ({"Dimensions": [["service"] * 31]}, "more than 30 entries"),
        ({"Metrics": None}, "Metrics is no list"),
        ({"Metrics": ["Sent"]}, "a metric definition is no object"),
        ({"Metrics": [{"Unit": "Count"}]}, "Name is no text"),
        ({"Metrics": [{"Name": "Sent"}] * 101}, "more than 100 entries"),
        ({"Metrics": [{"Name": "Sent", "Unit": "Mails"}]}, "no unit that CloudWatch knows"),
        ({"Metrics": [{"Name": "service"}]}, "service is no number"),
        ({"Metrics": [{"Name": "Missing"}]}, "Missing is no number"),
    ],
)
def test_bad_directive_gives_nothing(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EmbeddedMetricError, match=message):
        _found(_document(**changes))


@pytest.mark.parametrize("value", [True, None, "3", [3, "4"], {"a": 1}, math.nan, [1] * 101])
def test_bad_value_gives_nothing(value: object) -> None:
    with pytest.raises(EmbeddedMetricError, match="Sent"):
        _found(_document() | {"Sent": value})


@pytest.mark.parametrize(
    "timestamp", [None, "now", True, (NOW - 16 * 86_400) * 1000, (NOW + 3 * 3600) * 1000]
)
def test_bad_time_gives_nothing(timestamp: object) -> None:
    document = _document()
    document["_aws"]["Timestamp"] = timestamp

    with pytest.raises(EmbeddedMetricError, match="Timestamp"):
        _found(document)


def test_one_bad_metric_spoils_its_document() -> None:
    document = _document(Metrics=[{"Name": "Sent"}, {"Name": "Missing"}])

    with pytest.raises(EmbeddedMetricError):
        _found(document)


@dataclass(frozen=True)
class Function:
    watching: Watching
    name: str
    queue_url: str

    def figures(self, **statistics: str) -> dict[str, list[float]]:
        """The whole of its metrics, by their names in lower case."""
        return self.watching.values(
            *(
                _query("AWS/Lambda", metric, stat, FunctionName=self.name)
                for metric, stat in statistics.items()
            )
        )


def _query(namespace: str, name: str, stat: str, **dimensions: str) -> dict[str, Any]:
    described = [{"Name": key, "Value": dimensions[key]} for key in dimensions]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": described}
    measured = {"Metric": metric, "Period": 86_400, "Stat": stat}
    return {"Id": name.lower(), "MetricStat": measured}


@pytest.fixture(scope="module")
def stack(emulator: Emulator) -> Iterator[dict[str, str]]:
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
        "Function": function(CODE),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
                "BatchSize": 1,
            },
        },
        "Called": function(CODE),
    }
    outputs = {name: {"Ref": name} for name in ("Queue", "Function", "Called")}
    name = emulator.create_stack(resources, outputs=outputs)
    yield emulator.outputs(name)
    emulator.delete_stack(name)


@pytest.fixture
def mapped(emulator: Emulator, stack: dict[str, str]) -> Function:
    return Function(Watching(emulator), stack["Function"], stack["Queue"])


@pytest.fixture
def called(emulator: Emulator, stack: dict[str, str]) -> Function:
    return Function(Watching(emulator), stack["Called"], "")


def _embedded(namespace: str, **values: Any) -> str:
    document = _document(Namespace=namespace) | values
    document["_aws"]["Timestamp"] = int(time.time() * 1000)
    return json.dumps(document)


def test_mapped_function_is_measured_and_its_log_read(mapped: Function) -> None:
    sqs, namespace = mapped.watching.emulator.client("sqs"), mapped.watching.namespace
    good = {"lines": ["text", _embedded(namespace, Sent=[1, 2]), _embedded(namespace)]}
    bad = {"lines": [_embedded(namespace, Sent=7)], "fail": True}
    for body in (good, bad):
        sqs.send_message(QueueUrl=mapped.queue_url, MessageBody=json.dumps(body))

    assert eventually(lambda: mapped.figures(Invocations="Sum")["invocations"] == [2.0])
    figures = mapped.figures(Errors="Sum", Duration="SampleCount", Throttles="Sum")
    assert figures == {"errors": [1.0], "duration": [2.0], "throttles": [0.0]}
    values = mapped.watching.values(
        _query(namespace, "Sent", "Sum", service="send"),
        _query(namespace, "Sent", "SampleCount", service="send") | {"Id": "count"},
    )
    # A failed invocation's log counts as well.
    assert values == {"sent": [13.0], "count": [4.0]}


def test_each_call_counts_once(called: Function) -> None:
    client = called.watching.emulator.client("lambda")
    client.invoke(FunctionName=called.name, Payload=b"{}")
    client.invoke(FunctionName=called.name, Payload=b'{"fail": true}')
    client.invoke(FunctionName=called.name, Payload=b"{}", InvocationType="Event")

    assert eventually(lambda: called.figures(Invocations="Sum")["invocations"] == [3.0])
    assert called.figures(Errors="Sum")["errors"] == [1.0]


def test_throttled_call_is_no_invocation(called: Function) -> None:
    client = called.watching.emulator.client("lambda")
    before = called.figures(Invocations="Sum", Throttles="Sum")
    client.put_function_concurrency(FunctionName=called.name, ReservedConcurrentExecutions=0)
    try:
        # Not by the SDK, which would try again.
        path = f"/2015-03-31/functions/{called.name}/invocations"
        url = called.watching.emulator.endpoint_url + path
        assert requests.post(url, data=b"{}", timeout=10).status_code == 429
    finally:
        client.delete_function_concurrency(FunctionName=called.name)

    after = called.figures(Invocations="Sum", Throttles="Sum")
    assert after["invocations"] == before["invocations"]
    assert sum(after["throttles"]) - sum(before["throttles"]) == 1.0


def test_document_that_breaks_the_format_is_counted(called: Function) -> None:
    watching = called.watching
    query = _query(
        "AWS/Logs", "EMFValidationErrors", "Sum", LogGroupName=f"/aws/lambda/{called.name}"
    )
    line = _embedded(watching.namespace, Sent="three")

    watching.emulator.invoke(called.name, {"lines": [line]})

    assert watching.values(query) == {"emfvalidationerrors": [1.0]}
    assert watching.metrics.list_metrics(Namespace=watching.namespace)["Metrics"] == []


def test_alarm_on_an_embedded_metric(called: Function) -> None:
    watching = called.watching
    alarm = watching.alarm(
        MetricName="Sent", Dimensions=[{"Name": "service", "Value": "send"}], Threshold=4
    )

    watching.emulator.invoke(called.name, {"lines": [_embedded(watching.namespace, Sent=5)]})

    assert watching.state(alarm) == "ALARM"


def test_alarm_on_a_functions_errors(called: Function) -> None:
    watching = called.watching
    alarm = watching.alarm(
        AlarmName=f"errors-{uuid4()}",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": called.name}],
        Threshold=0,
    )

    watching.emulator.invoke(called.name, {"fail": True})

    assert watching.state(alarm) == "ALARM"
