"""What the template promises, held on the SAM source and on what CloudFormation gets to see."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import pytest

from publish_usage.settings import UsageSettings
from rotate_keys.settings import RotateSettings
from send_email.settings import SendSettings
from settle_unknown.settings import SweepSettings
from tests.support.template import as_list, load_template, statements, translate

SOURCE = load_template()
TRANSLATED = translate(SOURCE)
BOTH = pytest.mark.parametrize("template", [SOURCE, TRANSLATED], ids=["source", "translated"])

SETTINGS = {
    "SendEmailFunction": SendSettings,
    "SettleUnknownFunction": SweepSettings,
    "RotateKeysFunction": RotateSettings,
    "PublishUsageFunction": UsageSettings,
}
# Set for libraries, not read by our settings.
LIBRARY_VARIABLES = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}


def of_type(template: dict[str, Any], *types: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] in types
    }


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(template, "AWS::Serverless::Function", "AWS::Lambda::Function")


def default(name: str) -> Any:
    return SOURCE["Parameters"][name]["Default"]


@BOTH
def test_the_resources_are_those_of_the_design(template):
    kinds = {resource["Type"].split("::", 1)[1] for resource in template["Resources"].values()}
    assert kinds - {"Serverless::Function", "Serverless::LayerVersion"} - {
        "Lambda::Function",
        "Lambda::LayerVersion",
        "Lambda::EventSourceMapping",
    } == {
        "SQS::Queue",
        "SQS::QueuePolicy",
        "DynamoDB::Table",
        "SecretsManager::Secret",
        "SecretsManager::RotationSchedule",
        "Lambda::Permission",
        "Events::Rule",
        "SNS::Topic",
        "SNS::TopicPolicy",
        "IAM::Role",
        "Logs::LogGroup",
        "SNS::Subscription",
        "CloudWatch::Alarm",
        "CloudWatch::CompositeAlarm",
        "CloudWatch::Dashboard",
    }


@BOTH
def test_mail_waits_14_days_on_an_encrypted_queue_with_a_dead_letter_queue(template):
    queue = template["Resources"]["EmailQueue"]["Properties"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["VisibilityTimeout"] == {"Ref": "VisibilityTimeoutSeconds"}
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": 1000,
    }


@BOTH
def test_the_dead_letter_queue_takes_from_the_email_queue_alone(template):
    queue = template["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True
    name = template["Resources"]["EmailQueue"]["Properties"]["QueueName"]["Fn::Sub"]
    prefix = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"
    assert queue["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [
            {"Fn::Sub": prefix + name},
        ],
    }


def test_a_message_stays_hidden_six_times_as_long_as_the_function_may_run():
    assert default("VisibilityTimeoutSeconds") >= 6 * default("SendTimeoutSeconds")
    parameters = SOURCE["Parameters"]
    assert (
        parameters["VisibilityTimeoutSeconds"]["MinValue"]
        >= 6 * parameters["SendTimeoutSeconds"]["MinValue"]
    )


def test_a_provider_call_fits_into_the_function_timeout_with_time_to_settle():
    assert default("SendTimeoutSeconds") >= 2 * default("ProviderTimeoutSeconds") + 10


@BOTH
@pytest.mark.parametrize("queue", ["EmailQueue", "DeadLetterQueue"])
def test_queues_refuse_everything_without_tls(template, queue):
    policies = [
        policy["Properties"]
        for policy in of_type(template, "AWS::SQS::QueuePolicy").values()
        if policy["Properties"]["Queues"] == [{"Ref": queue}]
    ]
    denials = [
        statement
        for policy in policies
        for statement in statements(policy["PolicyDocument"])
        if statement["Effect"] == "Deny"
    ]
    assert denials == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": {"Fn::GetAtt": [queue, "Arn"]},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@BOTH
def test_nothing_is_allowed_on_everything(template):
    allowed = [
        statement
        for resource in template["Resources"].values()
        for statement in _all_statements(resource)
        if statement["Effect"] == "Allow"
    ]
    assert len(allowed) >= 7
    for statement in allowed:
        if statement["Sid"] == "PublishMetrics":
            # PutMetricData knows no resources: its namespace is what is granted.
            namespace = {"Fn::Sub": "formarelay/${AWS::StackName}"}
            assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": namespace}}
            continue
        assert "*" not in as_list(statement.get("Resource", "none"))
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        assert statement.get("Principal") != "*"


@BOTH
def test_no_managed_policy_is_attached(template):
    for role in of_type(template, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
    for function in functions(template).values():
        assert "Policies" not in function["Properties"]


def _all_statements(resource: dict[str, Any]) -> list[dict[str, Any]]:
    properties = resource.get("Properties", {})
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    documents += [properties[name] for name in ("PolicyDocument",) if name in properties]
    return [statement for document in documents for statement in statements(document)]


@BOTH
def test_the_sender_may_do_exactly_what_it_does(template):
    grants = {
        statement["Sid"]: (as_list(statement["Action"]), as_list(statement["Resource"]))
        for statement in _all_statements(template["Resources"]["SendEmailRole"])
    }
    assert grants == {
        "TakeMail": (
            [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
            [{"Fn::GetAtt": ["EmailQueue", "Arn"]}],
        ),
        "SetAsideRefusedMail": (
            ["sqs:SendMessage"],
            [{"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}],
        ),
        "ReadTheApiKeys": (
            ["secretsmanager:GetSecretValue"],
            [{"Ref": "FormaMailSecret"}, {"Ref": "FormalooSecret"}],
        ),
        "KeepTheLedger": (
            [
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "dynamodb:PartiQLInsert",
                "dynamodb:PartiQLUpdate",
            ],
            [{"Fn::GetAtt": ["StateTable", "Arn"]}],
        ),
        "ReadAttachments": (
            ["s3:GetObjectVersion", "s3:ListBucket"],
            [{"Ref": "AttachmentArns"}],
        ),
        "AnnounceOutcomes": (
            ["events:PutEvents"],
            [
                {
                    "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:"
                    "${AWS::AccountId}:event-bus/${OutcomeBusName}"
                }
            ],
        ),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [{"Fn::GetAtt": ["SendEmailLogGroup", "Arn"]}],
        ),
    }


@BOTH
def test_the_publisher_may_do_exactly_what_it_does(template):
    grants = {
        statement["Sid"]: (as_list(statement["Action"]), as_list(statement["Resource"]))
        for statement in _all_statements(template["Resources"]["PublishUsageRole"])
    }
    assert grants == {
        "PublishMetrics": (["cloudwatch:PutMetricData"], ["*"]),
        "ReadTheApiKeys": (
            ["secretsmanager:GetSecretValue"],
            [{"Ref": "FormaMailSecret"}, {"Ref": "FormalooSecret"}],
        ),
        "KeepTheHistory": (
            ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            [{"Fn::GetAtt": ["StateTable", "Arn"]}],
        ),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [{"Fn::GetAtt": ["PublishUsageLogGroup", "Arn"]}],
        ),
    }


@BOTH
def test_all_metrics_are_in_the_namespace_of_the_stack(template):
    for function in functions(template).values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {
            "Fn::Sub": "formarelay/${AWS::StackName}"
        }


def test_usage_is_published_as_often_as_the_silence_alarm_expects():
    rule = TRANSLATED["Resources"]["PublishUsageFunctionPublish"]["Properties"]
    assert rule["ScheduleExpression"] == {"Fn::Sub": "rate(${PublishMinutes} minutes)"}
    silence = SOURCE["Resources"]["UsageSilentAlarm"]["Properties"]
    # "rate(1 minutes)" is no schedule: the plural begins at two.
    assert 2 <= default("PublishMinutes") <= SOURCE["Parameters"]["PublishMinutes"]["MaxValue"]
    assert SOURCE["Parameters"]["PublishMinutes"]["MaxValue"] * 60 <= silence["Period"]
    assert silence["Period"] * silence["EvaluationPeriods"] <= 15 * 60


@BOTH
def test_every_function_logs_into_a_group_with_retention(template):
    for function in functions(template).values():
        group = function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        properties = template["Resources"][group]["Properties"]
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert default("LogRetentionDays") == 30


@BOTH
def test_every_handler_exists(template):
    for function in functions(template).values():
        module, name = function["Properties"]["Handler"].rsplit(".", 1)
        assert callable(getattr(importlib.import_module(module), name))


@BOTH
def test_a_function_gets_exactly_the_environment_that_its_settings_read(template):
    for name, function in functions(template).items():
        fields = {field.name.upper() for field in dataclasses.fields(SETTINGS[name])}
        variables = set(function["Properties"]["Environment"]["Variables"])
        assert variables == fields | LIBRARY_VARIABLES


@BOTH
def test_no_environment_variable_holds_a_secret(template):
    for function in functions(template).values():
        text = str(function["Properties"]["Environment"])
        assert "resolve:secretsmanager" not in text
        assert "SecretString" not in text


def test_the_queue_feeds_the_sender_with_partial_responses_and_bounded_concurrency():
    event = SOURCE["Resources"]["SendEmailFunction"]["Properties"]["Events"]["Mail"]
    mapping = TRANSLATED["Resources"]["SendEmailFunctionMail"]["Properties"]
    assert event["Type"] == "SQS"
    for properties in (event["Properties"], mapping):
        assert properties["BatchSize"] == 10
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["EmailQueue", "Arn"]}


@BOTH
def test_state_is_one_table_with_expiry_and_point_in_time_recovery(template):
    table = template["Resources"]["StateTable"]["Properties"]
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}


@BOTH
def test_deleting_the_stack_keeps_mail_state_and_secrets(template):
    kept = of_type(
        template, "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"
    )
    assert len(kept) == 6
    for resource in kept.values():
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["UpdateReplacePolicy"] == "Retain"


@BOTH
def test_secrets_come_without_a_value(template):
    for secret in of_type(template, "AWS::SecretsManager::Secret").values():
        assert set(secret["Properties"]) == {"Description"}


def test_runtime_and_architecture_are_parameters_and_default_to_python_313_on_arm64():
    assert default("Runtime") == "python3.13"
    assert default("Architecture") == "arm64"
    shared = SOURCE["Globals"]["Function"]
    assert shared["Runtime"] == {"Ref": "Runtime"}
    assert shared["Architectures"] == [{"Ref": "Architecture"}]
    function = TRANSLATED["Resources"]["SendEmailFunction"]["Properties"]
    assert function["Runtime"] == {"Ref": "Runtime"}
    assert function["Architectures"] == [{"Ref": "Architecture"}]


def test_the_local_stack_differs_in_nothing_but_tls():
    conditional = {
        name
        for name, resource in SOURCE["Resources"].items()
        if resource.get("Condition") == "OnAws"
    }
    assert conditional == {"DeadLetterQueuePolicy"}
    branches = [
        statement["Fn::If"][1]["Sid"]
        for statement in SOURCE["Resources"]["EmailQueuePolicy"]["Properties"]["PolicyDocument"][
            "Statement"
        ]
        if statement.get("Fn::If", [""])[0] == "OnAws"
    ]
    assert branches == ["TlsOnly"]
    assert SOURCE["Conditions"]["OnAws"] == {"Fn::Equals": [{"Ref": "DeployTarget"}, "aws"]}


def test_the_outputs_name_what_producers_and_tools_need():
    assert set(SOURCE["Outputs"]) == {
        "EmailQueueUrl",
        "EmailQueueArn",
        "DeadLetterQueueUrl",
        "StateTableName",
        "SendEmailFunctionName",
        "SettleUnknownFunctionName",
        "FormaMailSecretArn",
        "FormalooSecretArn",
        "FormaMailAccountSecretArn",
        "RotateKeysFunctionName",
        "PublishUsageFunctionName",
        "AlarmTopicArn",
        "MetricsNamespace",
    }
