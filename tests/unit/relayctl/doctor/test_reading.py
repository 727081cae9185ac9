"""Descriptions as AWS gives them, read into facts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from relayctl.doctor.looking.alarms import read_alarm
from relayctl.doctor.looking.functions import read_function, read_mapping
from relayctl.doctor.looking.queues import read_queue
from relayctl.doctor.models import AlarmFacts, MappingFacts, MetricFacts

FUNCTION = {"FunctionName": "f", "FunctionArn": "arn:f", "Timeout": 60, "Role": "arn:r"}
QUEUE = {"QueueArn": "arn:q", "VisibilityTimeout": "360", "MessageRetentionPeriod": "1209600"}


@pytest.mark.parametrize("text", ["2027-01-15T08:00:00.250+0000", "2027-01-15T08:00:00.250Z"])
def test_the_time_of_a_change_is_read_in_both_forms(text):
    assert read_function({**FUNCTION, "LastModified": text}).modified_at == 1_800_000_000.25


def test_a_function_is_read_with_what_it_was_given():
    facts = read_function(
        {
            **FUNCTION,
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Layers": [{"Arn": "arn:l:7", "CodeSize": 1}],
            "Environment": {"Variables": {"A_KEY": "hidden"}},
            "LoggingConfig": {"LogGroup": "/g"},
            "State": "Inactive",
            "LastUpdateStatus": "Failed",
        }
    )
    assert (facts.runtime, facts.architecture) == ("python3.13", "arm64")
    assert (facts.layers, facts.log_group) == (("arn:l:7",), "/g")
    assert (facts.state, facts.update_status) == ("Inactive", "Failed")
    assert "hidden" not in repr(facts)


@pytest.mark.parametrize(("text", "number"), [("20", 20.0), ("2.5", 2.5), ("x", None), ("", None)])
def test_a_variable_is_a_number_or_is_not(text, number):
    facts = read_function({**FUNCTION, "Environment": {"Variables": {"N": text}}})
    assert facts.number("N") == number
    assert facts.number("M") is None


def test_a_mapping_is_read_with_its_filter():
    described = {
        "EventSourceArn": "arn:q",
        "State": "Disabled",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 3,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
    }
    assert read_mapping(described) == MappingFacts(
        source_arn="arn:q",
        state="Disabled",
        batch_size=100,
        window_seconds=3,
        response_types=("ReportBatchItemFailures",),
        maximum_concurrency=2,
        filtered=True,
    )
    assert not read_mapping({**described, "FilterCriteria": {"Filters": []}}).filtered


@pytest.mark.parametrize(
    ("attributes", "encrypted"),
    [
        ({}, False),
        ({"SqsManagedSseEnabled": "false"}, False),
        ({"SqsManagedSseEnabled": "true"}, True),
        ({"KmsMasterKeyId": "alias/ours"}, True),
    ],
)
def test_a_queue_is_encrypted_with_either_key(attributes, encrypted):
    assert read_queue(QUEUE | attributes).encrypted is encrypted


@pytest.mark.parametrize("count", [7, "7"])
def test_a_redrive_policy_is_read_with_its_count_as_text_or_number(count):
    policy = json.dumps({"deadLetterTargetArn": "arn:d", "maxReceiveCount": count})
    facts = read_queue(QUEUE | {"RedrivePolicy": policy})
    assert (facts.dead_letter_arn, facts.receives) == ("arn:d", 7)


def test_an_alarm_on_one_metric_is_read():
    described = {
        "AlarmName": "a",
        "StateValue": "ALARM",
        "StateUpdatedTimestamp": datetime(2027, 1, 15, 8, tzinfo=UTC),
        "AlarmActions": ["arn:t"],
        "ActionsEnabled": False,
        "TreatMissingData": "ignore",
        "AlarmDescription": "d",
        "Namespace": "n",
        "MetricName": "m",
        "Dimensions": [{"Name": "x", "Value": "y"}],
    }
    assert read_alarm(described) == AlarmFacts(
        name="a",
        state="ALARM",
        state_since=1_800_000_000.0,
        actions=("arn:t",),
        actions_enabled=False,
        missing_data="ignore",
        description="d",
        metrics=(MetricFacts(namespace="n", name="m", dimensions={"x": "y"}),),
    )


def test_an_alarm_on_an_expression_is_read_with_all_its_metrics():
    stat = {"Stat": "Sum", "Period": 300}
    described = {
        "AlarmName": "a",
        "Metrics": [
            {"Id": "r", "Expression": "m1 + m2"},
            {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "one"}, **stat}},
            {"Id": "m2", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "two"}, **stat}},
        ],
    }
    assert [metric.name for metric in read_alarm(described).metrics] == ["one", "two"]


def test_a_composite_alarm_has_no_metric_and_missing_data_that_nobody_chose_is_said_so():
    facts = read_alarm({"AlarmName": "a", "AlarmRule": "ALARM(b)"})
    assert facts.metrics == ()
    assert read_alarm({"AlarmName": "a", "Namespace": "n", "MetricName": "m"}).missing_data == (
        "missing"
    )
