"""The stack itself, by CloudFormation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayctl.aws import explained
from relayctl.doctor.looking.asking import answered_at
from relayctl.doctor.models import Resource
from relayctl.doctor.snapshot import StackFacts

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_DELETED = "DELETE_COMPLETE"


def stack_facts(client: CloudFormationClient, *, name: str) -> tuple[StackFacts, float]:
    """The stack, and AWS's clock when it was asked, in Unix seconds.

    Raises `RelayctlError`: without this, nothing at all can be looked at.
    """
    with explained():
        answer = client.describe_stacks(StackName=name)
        (stack,) = answer["Stacks"]
        pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
        summaries = [one for page in pages for one in page["StackResourceSummaries"]]
    facts = StackFacts(
        name=name,
        status=stack["StackStatus"],
        parameters={
            parameter.get("ParameterKey", ""): parameter.get("ParameterValue", "")
            for parameter in stack.get("Parameters", [])
        },
        resources={
            one["LogicalResourceId"]: Resource(
                kind=one["ResourceType"],
                physical_id=one.get("PhysicalResourceId", ""),
                updated_at=one["LastUpdatedTimestamp"].timestamp(),
            )
            for one in summaries
            if one["ResourceStatus"] != _DELETED
        },
    )
    return facts, answered_at(answer)
