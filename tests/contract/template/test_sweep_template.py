"""What the template promises of the sweep, on the SAM source and on what CloudFormation sees."""

from __future__ import annotations

import pytest

from tests.support.template import as_list, load_template, statements, translate

SOURCE = load_template()
TRANSLATED = translate(SOURCE)
BOTH = pytest.mark.parametrize("template", [SOURCE, TRANSLATED], ids=["source", "translated"])


@BOTH
def test_the_sweep_may_do_exactly_what_it_does(template):
    (policy,) = template["Resources"]["SettleUnknownRole"]["Properties"]["Policies"]
    grants = {
        statement["Sid"]: (as_list(statement["Action"]), as_list(statement["Resource"]))
        for statement in statements(policy["PolicyDocument"])
    }
    assert grants == {
        "ReadTheApiKey": (["secretsmanager:GetSecretValue"], [{"Ref": "FormaMailSecret"}]),
        "SettleTheLedger": (
            ["dynamodb:Scan", "dynamodb:GetItem", "dynamodb:UpdateItem"],
            [{"Fn::GetAtt": ["StateTable", "Arn"]}],
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
            [{"Fn::GetAtt": ["SettleUnknownLogGroup", "Arn"]}],
        ),
    }


@BOTH
def test_one_sweep_runs_at_a_time(template):
    function = template["Resources"]["SettleUnknownFunction"]["Properties"]
    assert function["ReservedConcurrentExecutions"] == 1
    assert function["Timeout"] == 900


def test_the_schedule_is_on_and_every_six_hours_unless_told_otherwise():
    assert SOURCE["Parameters"]["SweepSchedule"]["Default"] == "rate(6 hours)"
    rule = TRANSLATED["Resources"]["SettleUnknownFunctionSweep"]
    assert rule["Type"] == "AWS::Events::Rule"
    assert rule["Properties"]["State"] == "ENABLED"
    assert rule["Properties"]["ScheduleExpression"] == {"Ref": "SweepSchedule"}


def test_sender_and_sweep_share_what_they_must_agree_on():
    sender, sweep = (
        SOURCE["Resources"][name]["Properties"]["Environment"]["Variables"]
        for name in ("SendEmailFunction", "SettleUnknownFunction")
    )
    shared = set(sweep) - {"POWERTOOLS_SERVICE_NAME"}
    assert {name: sweep[name] for name in shared} == {name: sender[name] for name in shared}
