"""Says on the second queue what it got on the first, and what it was deployed with."""

import json
import os
from typing import Any

import boto3


def lambda_handler(event: dict[str, Any], context: object) -> None:
    report = {
        "bodies": [record["body"] for record in event["Records"]],
        "forma_mail": os.environ["FORMA_MAIL_API_URL"],
        "formaloo": os.environ["FORMALOO_API_URL"],
        "target": os.environ["DEPLOY_TARGET"],
    }
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["DEAD_LETTER_QUEUE_URL"], MessageBody=json.dumps(report)
    )
