"""Alarms, their actions, their runbook sections and the dashboard hold together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from publish_usage import measures as usage_measures
from rotate_keys import measures as rotation_measures
from send_email import measures as send_measures
from settle_unknown import measures as sweep_measures
from tests.support.template import load_template

SOURCE = load_template()
RESOURCES: dict[str, dict[str, Any]] = SOURCE["Resources"]
ROOT = Path(__file__).parents[3]
NAMESPACE = {"Fn::Sub": "formarelay/${AWS::StackName}"}
METRIC_ALARMS = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
COMPOSITES = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
}
ALARMS = METRIC_ALARMS | COMPOSITES
EACH = pytest.mark.parametrize("name", sorted(ALARMS))
EACH_METRIC = pytest.mark.parametrize("name", sorted(METRIC_ALARMS))
AWS = {
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Errors"},
}
# Chosen for each: silence breaches where silence is the fault, and keeps the state of a quota.
MISSING = {
    "UsageSilentAlarm": "breaching",
    "EmailQuotaWarningAlarm": "ignore",
    "EmailQuotaCriticalAlarm": "ignore",
    "EmailQuotaForecastAlarm": "ignore",
    "AttachmentQuotaAlarm": "ignore",
    "FormalooQuotaAlarm": "ignore",
    "KeyAgeAlarm": "ignore",
    "OutcomeUnsettledAlarm": "ignore",
}


def slug(properties: dict[str, Any]) -> str:
    name = properties["AlarmName"]["Fn::Sub"]
    assert name.startswith("${AWS::StackName}-")
    return name.removeprefix("${AWS::StackName}-")


def sections() -> dict[str, str]:
    text = (ROOT / "docs" / "runbook.md").read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def metrics_of(properties: dict[str, Any]) -> list[tuple[Any, str, tuple[tuple[str, Any], ...]]]:
    """Namespace, name and dimensions of what an alarm looks at."""
    stated = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", [])[1:]]
    return [
        (
            metric["Namespace"],
            metric["MetricName"],
            tuple((one["Name"], one["Value"]) for one in metric["Dimensions"]),
        )
        for metric in stated or [properties]
    ]


def known(namespace: Any, name: str, dimensions: tuple[tuple[str, Any], ...]) -> bool:
    """Whether something publishes this metric with just these dimensions."""
    if isinstance(namespace, str):
        return name in AWS[namespace]
    assert namespace == NAMESPACE
    match dimensions:
        case (("service", "send_email"),):
            table, extra = (
                send_measures.__doc__,
                {send_measures.handed_back(reason) for reason in send_measures.REASONS},
            )
            return f"| {name} |" in str(table) or name in extra
        case (("service", "rotate_keys"),):
            return f"| {name} |" in str(rotation_measures.__doc__)
        case (("service", "settle_unknown"),):
            return f"| {name} |" in str(sweep_measures.__doc__)
        case (("service", "publish_usage"),):
            return name == usage_measures.USAGE_PUBLISHED
        case (("provider", "forma-mail" | "formaloo"), ("resource", _)):
            return f"| {name} |" in str(usage_measures.__doc__)
    return False


@EACH
def test_every_alarm_reaches_the_topic_when_it_fires_and_when_it_is_over(name):
    for actions in ("AlarmActions", "OKActions"):
        assert ALARMS[name][actions] == [{"Ref": "AlarmTopic"}]
    assert ALARMS[name].get("ActionsEnabled", True) is True


@EACH
def test_every_alarm_says_what_to_do_and_where_its_section_is(name):
    text = ALARMS[name]["AlarmDescription"]
    assert text.endswith(f"Runbook: docs/runbook.md#{slug(ALARMS[name])}")
    assert 60 < len(text) < 1024


def test_the_runbook_has_a_section_for_each_alarm_and_none_besides():
    assert set(sections()) == {slug(properties) for properties in ALARMS.values()}


@EACH
def test_every_section_says_meaning_check_fix_and_end_in_this_order(name):
    text = sections()[slug(ALARMS[name])]
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, flags=re.MULTILINE) == [
        "What it means",
        "Confirm",
        "Fix",
        "Fixed when",
    ]
    for part in re.split(r"^\*\*.+?\.\*\*", text, flags=re.MULTILINE)[1:]:
        assert len(part.split()) >= 3


def test_links_within_the_runbook_lead_somewhere():
    links = re.findall(r"\]\(#([^)]+)\)", (ROOT / "docs" / "runbook.md").read_text())
    assert len(links) >= 5
    assert set(links) <= set(sections())


def test_the_runbook_names_only_parameters_and_metrics_that_exist():
    text = (ROOT / "docs" / "runbook.md").read_text()
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", text))
    modules = (usage_measures, send_measures, rotation_measures, sweep_measures)
    tables = "\n".join(str(module.__doc__) for module in modules)
    published = set(re.findall(r"^\| (\w+) \|", tables, flags=re.MULTILINE))
    known_names = published | set(SOURCE["Parameters"]) | set(SOURCE["Outputs"])
    assert named - known_names == {"SettingsError"}


@EACH_METRIC
def test_every_alarm_looks_at_metrics_that_something_publishes(name):
    assert [one for one in metrics_of(METRIC_ALARMS[name]) if not known(*one)] == []


@EACH_METRIC
def test_missing_data_is_a_choice_for_each_alarm(name):
    assert METRIC_ALARMS[name]["TreatMissingData"] == MISSING.get(name, "notBreaching")


@EACH_METRIC
def test_thresholds_are_parameters_unless_one_is_one_too_many(name):
    threshold = METRIC_ALARMS[name]["Threshold"]
    if isinstance(threshold, dict):
        assert threshold["Ref"] in SOURCE["Parameters"]
    else:
        assert threshold == 1


@EACH_METRIC
def test_a_math_alarm_returns_its_one_expression(name):
    queries = METRIC_ALARMS[name].get("Metrics", [])
    assert [query["Id"] for query in queries if query["ReturnData"]] == ["result"][: len(queries)]
    if queries:
        used = set(re.findall(r"[a-z_]+", queries[0]["Expression"]))
        assert {query["Id"] for query in queries[1:]} == used


def test_the_design_s_alarms_are_all_there():
    assert {slug(properties) for properties in ALARMS.values()} == {
        "mail-at-risk",
        "email-quota-warning",
        "email-quota-critical",
        "email-quota-forecast",
        "attachment-quota",
        "formaloo-quota",
        "usage-silent",
        "usage-unknown",
        "dead-letters",
        "oldest-message",
        "outcome-unknown",
        "outcome-unsettled",
        "gate-closed",
        "credential-refused",
        "rotation-failed",
        "rotation-overdue",
        "operator-needed",
        "key-age",
        "key-expiry",
        "orphan-keys",
        "revocation-overdue",
        "function-errors",
    }


def test_mail_at_risk_is_made_of_alarms_that_exist():
    (composite,) = COMPOSITES.values()
    rule = composite["AlarmRule"]["Fn::Sub"]
    children = re.findall(r'ALARM\("\$\{(\w+)\}"\)', rule)
    assert set(children) <= set(METRIC_ALARMS)
    assert re.sub(r'ALARM\("\$\{\w+\}"\)', "X", rule).split() == " OR ".join("X" * 6).split()
    section = sections()["mail-at-risk"]
    assert all(f"`{slug(METRIC_ALARMS[child])}`" in section for child in children)


def test_the_topic_takes_alarms_of_this_account_and_nothing_else():
    policy = RESOURCES["AlarmTopicPolicy"]["Properties"]
    assert policy["Topics"] == [{"Ref": "AlarmTopic"}]
    (alarms,) = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Sid"] == "Alarms"
    ]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == "sns:Publish"
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_somebody_gets_the_alarms_by_email_only_when_an_address_is_given():
    subscription = RESOURCES["AlarmEmailSubscription"]
    assert subscription["Condition"] == "HasAlarmEmail"
    assert subscription["Properties"] == {
        "TopicArn": {"Ref": "AlarmTopic"},
        "Protocol": "email",
        "Endpoint": {"Ref": "AlarmEmail"},
    }


def dashboard() -> dict[str, Any]:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    filled = re.sub(r"(?<!\")\$\{\w+\}(?!\")", "1", body)
    document: dict[str, Any] = json.loads(filled)
    return document


def drawn() -> list[tuple[Any, str, tuple[tuple[str, Any], ...]]]:
    found = []
    for widget in dashboard()["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            namespace, name, *rest = metric[:-1]
            own = namespace == "formarelay/${AWS::StackName}"
            dimensions = tuple(zip(rest[::2], rest[1::2], strict=True))
            found.append((NAMESPACE if own else namespace, name, dimensions))
    return found


def test_the_dashboard_draws_only_what_something_publishes():
    assert len(drawn()) >= 40
    assert [one for one in drawn() if not known(*one)] == []


def test_the_dashboard_shows_every_alarm_first():
    first = dashboard()["widgets"][0]
    assert first["type"] == "alarm"
    assert set(first["properties"]["alarms"]) == {f"${{{name}.Arn}}" for name in ALARMS}


def test_the_dashboard_shows_what_the_design_names():
    names = {name for _, name, _ in drawn()}
    assert names >= {
        "QuotaUsedPercent",
        "QuotaHoursLeft",
        "Accepted",
        "QueueToAcceptSeconds",
        "ApproximateAgeOfOldestMessage",
        "GateClosed",
        "KeyAgeDays",
        "RotationsFinished",
    }


def test_widgets_lie_side_by_side_and_not_on_each_other():
    cells = [
        (x, y)
        for widget in dashboard()["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_reference_of_the_dashboard_exists():
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    names = {name for name in re.findall(r"\$\{(\w+)", body) if name != "AWS"}
    assert names <= set(RESOURCES) | set(SOURCE["Parameters"])
