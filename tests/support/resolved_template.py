"""A template with parameters, conditions and intrinsic functions worked out, as by a deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
STACK = "relay"
_PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_NOTHING = object()
# The service in an ARN, and what stands before the name there.
_ARNS = {
    "AWS::SQS::Queue": ("sqs", ""),
    "AWS::Lambda::Function": ("lambda", "function:"),
    "AWS::Lambda::LayerVersion": ("lambda", "layer:"),
    "AWS::IAM::Role": ("iam", "role/"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret:"),
    "AWS::Logs::LogGroup": ("logs", "log-group:"),
    "AWS::SNS::Topic": ("sns", ""),
    "AWS::Events::Rule": ("events", "rule/"),
    "AWS::Events::EventBus": ("events", "event-bus/"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", "alarm:"),
    "AWS::Lambda::Alias": ("lambda", "function:"),
    "AWS::Scheduler::Schedule": ("scheduler", "schedule/"),
}
_REF_IS_ARN = {"AWS::SecretsManager::Secret", "AWS::SNS::Topic", "AWS::Lambda::LayerVersion"}
_NAMES = ("QueueName", "LogGroupName", "TopicName", "AlarmName", "FunctionName", "TableName")


class ResolvedTemplate:
    """The resources that a deployment with these parameters makes, and their properties.

    Args:
        template: Translated by SAM: it holds no serverless resource any more.
        parameters: Others than the defaults.
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._template = template
        self.parameters: dict[str, str] = {
            name: str(parameters.get(name, parameter.get("Default", "")))
            for name, parameter in template["Parameters"].items()
        }
        self.resources: dict[str, dict[str, Any]] = {}
        for name, resource in template["Resources"].items():
            if "Condition" not in resource or self._holds(resource["Condition"]):
                self.resources[name] = {
                    "Type": resource["Type"],
                    "Properties": self._resolved(resource.get("Properties", {})),
                }

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of all resources of a kind."""
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def arn(self, name: str) -> str:
        kind = self._template["Resources"][name]["Type"]
        service, before = _ARNS[kind]
        account = ACCOUNT
        region = "" if service == "iam" else REGION
        return f"arn:aws:{service}:{region}:{account}:{before}{self._name(name)}"

    def reference(self, name: str) -> str:
        """What `!Ref` of a resource gives."""
        kind = self._template["Resources"][name]["Type"]
        return self.arn(name) if kind in _REF_IS_ARN else self._name(name)

    def _name(self, name: str) -> str:
        properties = self._template["Resources"][name].get("Properties", {})
        given = next((properties[key] for key in _NAMES if key in properties), None)
        return str(self._resolved(given)) if given is not None else f"{STACK}-{name}"

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self._resolved(item) for item in value]
            return [item for item in items if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(key, argument)
        items = {key: self._resolved(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not _NOTHING}

    def _function(self, key: str, argument: Any) -> Any:
        match key:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                return self._attribute(*argument)
            case "Fn::Sub":
                return self._substituted(argument)
            case "Fn::If":
                condition, yes, no = argument
                return self._resolved(yes if self._holds(condition) else no)
            case "Fn::Join":
                separator, parts = argument
                return separator.join(map(str, self._resolved(parts)))
            case _:
                raise NotImplementedError(key)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name not in self.parameters:
            return self.reference(name)
        parameter = self._template["Parameters"][name]
        value = self.parameters[name]
        if parameter["Type"] == "Number":
            return float(value) if "." in value else int(value)
        return value.split(",") if parameter["Type"] == "CommaDelimitedList" else value

    def _attribute(self, name: str, attribute: str) -> str:
        if (
            attribute == "Arn"
            and self._template["Resources"][name]["Type"] == "AWS::Logs::LogGroup"
        ):
            return f"{self.arn(name)}:*"
        return self.arn(name) if attribute in ("Arn", "Id") else self._name(name)

    def _substituted(self, argument: Any) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in extra:
                return str(self._resolved(extra[name]))
            if "." in name:
                return self._attribute(*name.split(".", 1))
            return str(self._ref(name))

        return re.sub(r"\$\{([^!}]+)\}", value, text)

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return self._holds(self._template["Conditions"][condition])
        ((key, argument),) = condition.items()
        match key:
            case "Condition":
                return self._holds(argument)
            case "Fn::Equals":
                first, second = (self._resolved(item) for item in argument)
                return str(first) == str(second)
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(self._holds(item) for item in argument)
            case "Fn::Or":
                return any(self._holds(item) for item in argument)
            case _:
                raise NotImplementedError(key)
