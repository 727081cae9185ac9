"""Metrics in CloudWatch, and the text that outlives a function."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from formarelay.aws.metrics import CloudWatchMetrics
from formarelay.aws.note import DynamoNote
from formarelay.errors import TransientError
from tests.support.aws import REGION, create_state_table, fake_aws


class Down:
    """A client whose every call fails."""

    def __init__(self, error):
        self._error = error

    def __getattr__(self, name):
        def fail(**_):
            raise self._error

        return fail


ERRORS = [
    EndpointConnectionError(endpoint_url="https://aws"),
    ClientError({"Error": {"Code": "AccessDenied", "Message": "secret name"}}, "Any"),
]


@pytest.fixture
def aws():
    with fake_aws():
        yield


def test_values_are_published_with_unit_and_dimensions(aws):
    client = boto3.client("cloudwatch", region_name=REGION)
    dimensions = {"provider": "forma-mail", "resource": "email"}
    CloudWatchMetrics(client, namespace="formarelay/x").put(
        [("QuotaUsed", "Count", 7.0, dimensions), ("KeyAgeDays", "None", 3.5, {"service": "s"})]
    )
    found = client.list_metrics(Namespace="formarelay/x")["Metrics"]
    assert {
        (one["MetricName"], tuple((part["Name"], part["Value"]) for part in one["Dimensions"]))
        for one in found
    } == {
        ("QuotaUsed", (("provider", "forma-mail"), ("resource", "email"))),
        ("KeyAgeDays", (("service", "s"),)),
    }


def test_more_than_a_thousand_values_take_several_calls():
    sizes = []

    class Counting:
        def put_metric_data(self, **call):
            sizes.append(len(call["MetricData"]))

    values = [(f"M{number}", "Count", 1.0, {"service": "s"}) for number in range(2001)]
    CloudWatchMetrics(Counting(), namespace="n").put(values)  # type: ignore[arg-type]
    assert sizes == [1000, 1000, 1]


def test_nothing_to_publish_calls_nobody():
    CloudWatchMetrics(Down(AssertionError()), namespace="n").put([])  # type: ignore[arg-type]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_metrics_that_are_not_taken_are_an_error(error):
    metrics = CloudWatchMetrics(Down(error), namespace="n")  # type: ignore[arg-type]
    with pytest.raises(TransientError) as caught:
        metrics.put([("A", "Count", 1.0, {"service": "s"})])
    assert type(caught.value) is TransientError
    assert str(caught.value) == "cloudwatch PutMetricData: the metrics cannot be published"


def test_a_note_is_what_was_written_last(aws):
    client = create_state_table()
    note = DynamoNote(client, table_name="state", name="usage")
    other = DynamoNote(client, table_name="state", name="other")
    assert note.read() == ""
    note.write("one")
    note.write("two")
    assert DynamoNote(client, table_name="state", name="usage").read() == "two"
    assert other.read() == ""
    (item,) = client.scan(TableName="state")["Items"]
    # Without `expires_at` it never ends.
    assert item == {"pk": {"S": "note#usage"}, "note": {"S": "two"}}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("operation", "arguments"), [("read", ()), ("write", ("text",))])
def test_a_note_that_cannot_be_reached_is_an_error(error, operation, arguments):
    note = DynamoNote(Down(error), table_name="state", name="usage")  # type: ignore[arg-type]
    with pytest.raises(TransientError) as caught:
        getattr(note, operation)(*arguments)
    assert type(caught.value) is TransientError
    assert "secret name" not in str(caught.value)
