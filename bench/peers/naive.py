"""A sender as the documentation of boto3 and requests shows the parts: client at import, one call
after the other, no ledger, no limiter, nothing kept of what happened."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import requests

secrets = boto3.client("secretsmanager")


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    """Sends the mail of each record."""
    secret = secrets.get_secret_value(SecretId=os.environ["FORMA_MAIL_SECRET_ARN"])
    api_key = json.loads(secret["SecretString"])["api_key"]
    for record in event["Records"]:
        mail = json.loads(record["body"])
        # The relay's own field; the provider has none like it.
        del mail["idempotencyKey"]
        answer = requests.post(
            f"{os.environ['FORMA_MAIL_API_URL']}/emails/send",
            json=mail,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=20,
        )
        answer.raise_for_status()
