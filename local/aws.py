"""boto3 clients of the local stack: at the emulator's address, with its keys, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.environment import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(
    connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)


class LocalAws:
    """One client of each service that the local stack needs; all at one endpoint."""

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.session.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=REGION,
        )
        self.cloudformation: CloudFormationClient = session.client(
            "cloudformation", endpoint_url=endpoint_url, config=_CONFIG
        )
        self.cloudwatch: CloudWatchClient = session.client(
            "cloudwatch", endpoint_url=endpoint_url, config=_CONFIG
        )
        self.events: EventBridgeClient = session.client(
            "events", endpoint_url=endpoint_url, config=_CONFIG
        )
        self.functions: LambdaClient = session.client(
            "lambda", endpoint_url=endpoint_url, config=_CONFIG
        )
        self.secretsmanager: SecretsManagerClient = session.client(
            "secretsmanager", endpoint_url=endpoint_url, config=_CONFIG
        )
        self.sns: SNSClient = session.client("sns", endpoint_url=endpoint_url, config=_CONFIG)
        self.sqs: SQSClient = session.client("sqs", endpoint_url=endpoint_url, config=_CONFIG)

    def close(self) -> None:
        """Gives the connections back; the clients may still be used after it."""
        for client in (
            self.cloudformation,
            self.cloudwatch,
            self.events,
            self.functions,
            self.secretsmanager,
            self.sns,
            self.sqs,
        ):
            client.close()


def stack_outputs(aws: LocalAws, *, stack_name: str) -> dict[str, str]:
    """The outputs of a deployed stack by their keys."""
    stack = aws.cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
