"""A person who may look at little: each check says which permission it lacks, and none crashes."""

from __future__ import annotations

import json
import re
from io import StringIO
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from rich.console import Console

from relayctl.aws import Aws
from relayctl.cli import main
from relayctl.doctor.check import State
from relayctl.doctor.looking.survey import survey
from relayctl.doctor.models import Resource
from relayctl.doctor.registry import CHECKS
from relayctl.doctor.snapshot import StackFacts
from relayctl.surroundings import Surroundings
from tests.support.aws import REGION
from tests.support.clock import ManualClock

NOW = 1_800_000_000.0
KINDS = {
    "EmailQueue": "AWS::SQS::Queue",
    "DeadLetterQueue": "AWS::SQS::Queue",
    "SendEmailFunction": "AWS::Lambda::Function",
    "RotateKeysFunction": "AWS::Lambda::Function",
    "PublishUsageFunction": "AWS::Lambda::Function",
    "SendEmailRole": "AWS::IAM::Role",
    "SendEmailLogGroup": "AWS::Logs::LogGroup",
    "StateTable": "AWS::DynamoDB::Table",
    "FormaMailSecret": "AWS::SecretsManager::Secret",
    "FormalooSecret": "AWS::SecretsManager::Secret",
    "AnAlarm": "AWS::CloudWatch::Alarm",
    "AlarmTopic": "AWS::SNS::Topic",
    "Retire": "AWS::Events::Rule",
}
STACK = StackFacts(
    name="relay",
    status="CREATE_COMPLETE",
    parameters={},
    resources={
        name: Resource(kind=kind, physical_id=f"arn:aws:sns:{REGION}:123456789012:{name}")
        for name, kind in KINDS.items()
    },
)
CLIENTS = {
    "cloudwatch": "cloudwatch",
    "dynamodb": "dynamodb",
    "events": "events",
    "functions": "lambda",
    "iam": "iam",
    "logs": "logs",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
}


def refuse(monkeypatch, code):
    """Every call of AWS is answered with this error, but CloudFormation's."""
    answer_all(
        monkeypatch,
        403,
        {
            "Error": {"Code": code, "Message": "canary@example.com"},
            "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {}},
        },
    )


def answer_all(monkeypatch, status, document):
    def answer(**arguments):
        return SimpleNamespace(status_code=status), document

    for method, service in CLIENTS.items():
        client = boto3.client(service, REGION, aws_access_key_id="x", aws_secret_access_key="x")
        client.meta.events.register("before-call.*", answer)
        monkeypatch.setattr(Aws, method, lambda aws, client=client: client)
    monkeypatch.setattr(Aws, "cloudformation", lambda aws: None)
    monkeypatch.setattr(
        "relayctl.doctor.looking.survey.stack_facts", lambda client, *, name: (STACK, NOW)
    )


def examined():
    snapshot = survey(Aws(), name="relay", clock=ManualClock())
    return {check.id: check.examine(snapshot) for check in CHECKS}


def test_every_check_says_which_permission_it_needs(monkeypatch):
    refuse(monkeypatch, "AccessDenied")
    results = examined()
    assert results.pop("stack-status").state is State.FINE
    remarks = {id_: result.remark for id_, result in results.items()}
    assert {id_ for id_, result in results.items() if result.state is not State.UNSEEN} == set()
    for remark in remarks.values():
        assert re.fullmatch(r"needs the permission [a-z]+:[A-Za-z]+", remark)
    assert {remark.removeprefix("needs the permission ") for remark in remarks.values()} == {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricStatistics",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:GetItem",
        "events:DescribeRule",
        "iam:GetRole",
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:GetPolicy",
        "logs:DescribeLogGroups",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecretVersionIds",
        "sns:ListSubscriptionsByTopic",
        "sqs:GetQueueAttributes",
    }


def test_an_error_of_another_kind_is_no_finding_and_quotes_nobody(monkeypatch):
    refuse(monkeypatch, "Throttling")
    results = examined()
    assert {result.state for result in results.values()} == {State.UNSEEN, State.FINE}
    assert "canary" not in str([(one.remark, one.evidence) for one in results.values()])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Attributes": {"Policy": "{"}, "Policy": "{", "ResourcePolicy": "[]", "Versions": [1]},
        {"Table": None, "Role": 7, "logGroups": [None], "Item": {"gate": {"S": "x"}}},
        {
            "Datapoints": [{}],
            "MetricAlarms": [{}],
            "Subscriptions": ["x"],
            "Item": {"cap": {"S": "x"}},
        },
    ],
)
def test_answers_of_another_shape_end_nothing(monkeypatch, document):
    common = {"VersionId": "v", "ResponseMetadata": {"HTTPStatusCode": 200}}
    answer_all(monkeypatch, 200, document | common)
    remarks = {result.remark for result in examined().values()} - {""}
    assert remarks
    for remark in remarks:
        assert re.fullmatch(
            r"AWS described .+ in an unknown way \(\w+\)|the .+ does not exist", remark
        )


def test_what_does_not_exist_any_more_is_a_finding(monkeypatch):
    refuse(monkeypatch, "ResourceNotFoundException")
    result = examined()["stack-resources"]
    assert result.state is State.FINDING
    assert set(result.evidence) == {f"{name} does not exist" for name in KINDS}


def test_the_command_says_so_and_ends_with_2(monkeypatch, tmp_path):
    refuse(monkeypatch, "AccessDeniedException")
    status, output, _ = run(monkeypatch, tmp_path, "--only", "gate-open", "--only", "stack-status")
    assert status == 2
    assert output.splitlines() == [
        "could not look  gate-open: needs the permission dynamodb:GetItem",
        "",
        "2 checks: 1 fine, 1 could not look",
    ]


def test_as_json_too(monkeypatch, tmp_path):
    refuse(monkeypatch, "AccessDeniedException")
    status, output, _ = run(monkeypatch, tmp_path, "--only", "gate-open", "--json")
    report = json.loads(output)
    (check,) = report["checks"]
    assert (status, report["stack"], report["at"]) == (2, "relay", "2027-01-15T08:00:00+00:00")
    assert report["counts"] == {
        "fine": 0,
        "finding": 0,
        "could not look": 1,
        "not applicable": 0,
    }
    assert (check["state"], check["remark"], check["evidence"]) == (
        "could not look",
        "needs the permission dynamodb:GetItem",
        [],
    )


def test_without_cloudformation_nothing_can_be_looked_at(monkeypatch, tmp_path):
    class Unreachable:
        def describe_stacks(self, **arguments):
            raise EndpointConnectionError(endpoint_url="http://x")

    monkeypatch.setattr(Aws, "cloudformation", lambda aws: Unreachable())
    status, output, messages = run(monkeypatch, tmp_path)
    assert (status, output) == (2, "")
    assert "error: AWS cannot be reached" in messages


def test_a_check_that_does_not_exist_is_wrong_usage(monkeypatch, tmp_path):
    status, output, messages = run(monkeypatch, tmp_path, "--only", "gate")
    assert (status, output) == (2, "")
    assert messages == "error: there is no check 'gate'; --list shows all of them\n"


def test_a_stack_file_without_a_name_is_wrong_usage(monkeypatch, tmp_path):
    status, _, messages = run(monkeypatch, tmp_path, name="")
    assert (status, messages) == (2, "error: the stack file has no STACK_NAME\n")


def test_the_list_needs_no_stack(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    status, output, messages = run(monkeypatch, tmp_path, "--list", file=None)
    assert (status, messages) == (0, "")
    assert [line.split()[0] for line in output.splitlines()] == [check.id for check in CHECKS]
    status, output, _ = run(monkeypatch, tmp_path, "--list", "--json", file=None)
    documents = json.loads(output)
    assert [one["id"] for one in documents] == [check.id for check in CHECKS]
    assert set(documents[0]) == {"id", "title", "severity", "reason", "fix"}


def run(monkeypatch, folder, *words, name="relay", file="stack.env"):
    output, messages = StringIO(), StringIO()
    around = Surroundings(
        output=Console(file=output, width=60),
        messages=Console(file=messages, width=60),
        clock=ManualClock(),
    )
    given = []
    if file:
        path = folder / file
        path.write_text(
            f"STACK_NAME={name}\nEMAIL_QUEUE_URL=q\nDEAD_LETTER_QUEUE_URL=d\nSTATE_TABLE=t\n"
        )
        given = ["--env-file", str(path)]
    status = main(["doctor", *given, *words], around=around)
    return status, output.getvalue(), messages.getvalue()


@pytest.fixture(autouse=True)
def no_account_of_the_machine(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
