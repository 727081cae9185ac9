"""Functions and what feeds and calls them, by Lambda; their log groups, by CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relayctl.doctor.fact import UnseenError
from relayctl.doctor.looking.asking import asking, code_of
from relayctl.doctor.models import FunctionFacts, MappingFacts
from relayctl.doctor.policy import Statement, statements

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient


def function_facts(client: LambdaClient, *, name: str) -> FunctionFacts:
    """Raises `UnseenError`, as all in this module."""
    with asking(client, "the function"):
        return read_function(client.get_function_configuration(FunctionName=name))


def read_function(configuration: Mapping[str, Any]) -> FunctionFacts:
    """A function from its configuration."""
    return FunctionFacts(
        name=configuration["FunctionName"],
        arn=configuration["FunctionArn"],
        runtime=configuration.get("Runtime", ""),
        architecture=configuration.get("Architectures", ["x86_64"])[0],
        timeout_seconds=configuration["Timeout"],
        role_arn=configuration["Role"],
        layers=tuple(layer["Arn"] for layer in configuration.get("Layers", [])),
        environment=configuration.get("Environment", {}).get("Variables", {}),
        log_group=configuration.get("LoggingConfig", {}).get("LogGroup", ""),
        state=configuration.get("State", "Active"),
        update_status=configuration.get("LastUpdateStatus", "Successful"),
        modified_at=_time(configuration.get("LastModified")),
    )


def reserved_concurrency(client: LambdaClient, *, name: str) -> int | None:
    with asking(client, "the function"):
        answer = client.get_function_concurrency(FunctionName=name)
        return answer.get("ReservedConcurrentExecutions")


def invocation_policy(client: LambdaClient, *, name: str) -> tuple[Statement, ...]:
    with asking(client, "the function"):
        try:
            document = client.get_policy(FunctionName=name)["Policy"]
        except ClientError as error:
            # Said also of a function without a policy.
            if code_of(error) != "ResourceNotFoundException":
                raise
            return ()
        return statements(document)


def mappings_of(client: LambdaClient, *, name: str) -> tuple[MappingFacts, ...]:
    with asking(client, "the function"):
        pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
        return tuple(read_mapping(one) for page in pages for one in page["EventSourceMappings"])


def read_mapping(mapping: Mapping[str, Any]) -> MappingFacts:
    """An event source mapping from its description."""
    return MappingFacts(
        source_arn=mapping.get("EventSourceArn", ""),
        state=mapping.get("State", "Enabled"),
        batch_size=mapping.get("BatchSize", 10),
        window_seconds=mapping.get("MaximumBatchingWindowInSeconds", 0),
        response_types=tuple(mapping.get("FunctionResponseTypes", ())),
        maximum_concurrency=mapping.get("ScalingConfig", {}).get("MaximumConcurrency"),
        filtered=bool(mapping.get("FilterCriteria", {}).get("Filters")),
        last_result=mapping.get("LastProcessingResult", ""),
    )


def retention_days(client: CloudWatchLogsClient, *, name: str) -> int | None:
    with asking(client, "the log group"):
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        for group in (group for page in pages for group in page["logGroups"]):
            if group.get("logGroupName") == name:
                return group.get("retentionInDays")
    raise UnseenError("the log group does not exist", gone=True)


def _time(text: str | None) -> float:
    # Lambda writes +0000, which the standard library of 3.11 and later reads.
    return datetime.fromisoformat(text).timestamp() if text else 0.0
