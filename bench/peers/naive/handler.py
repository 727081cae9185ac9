"""What a competent person writes in an afternoon: one call after the other, one session, the secret
read once, the failed messages handed back alone.

From "Sessions" of the documentation of requests (requests.readthedocs.io, user/advanced), the
Secrets Manager examples of the documentation of boto3, and "Implementing partial batch responses"
of the AWS Lambda developer guide (services-sqs-errorhandling). It keeps nothing of what happened,
and nobody tells it how fast the others are.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from typing import Any

import boto3
import requests

TIMEOUT_SECONDS = 20

logger = logging.getLogger()
logger.setLevel(logging.INFO)
secrets = boto3.client("secretsmanager")
session = requests.Session()


@functools.cache
def api_key() -> str:
    """Of Forma Mail; read once a container."""
    secret = secrets.get_secret_value(SecretId=os.environ["FORMA_MAIL_SECRET_ARN"])
    return str(json.loads(secret["SecretString"])["api_key"])


def send(mail: dict[str, Any]) -> str:
    """The id that the provider gave the mail; raises when it did not take it."""
    # The producer's own id; the provider has no field for it.
    mail.pop("idempotencyKey", None)
    answer = session.post(
        f"{os.environ['FORMA_MAIL_API_URL']}/emails/send",
        json=mail,
        headers={"Authorization": f"Bearer {api_key()}"},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Sends the mail of each record."""
    failures = []
    for record in event["Records"]:
        try:
            email_id = send(json.loads(record["body"]))
            logger.info("sent %s as %s", record["messageId"], email_id)
        except Exception:
            logger.exception("not sent: %s", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
