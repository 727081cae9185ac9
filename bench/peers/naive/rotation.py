"""The round that looks after old keys, as one writes it in an hour: sign in, list, compare.

From the Secrets Manager examples of the documentation of boto3 and the quick start of requests. It
keeps no journal and takes no lease, so it can only look: whoever revokes without them may revoke a
key that is in use.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import requests

TIMEOUT_SECONDS = 20

secrets = boto3.client("secretsmanager")
session = requests.Session()


def secret(name: str) -> dict[str, str]:
    """The fields of the secret that this variable names."""
    answer = secrets.get_secret_value(SecretId=os.environ[name])
    fields: dict[str, str] = json.loads(answer["SecretString"])
    return fields


def lambda_handler(_event: object, _context: object) -> dict[str, Any]:
    """Tells which keys there are beside the one in use."""
    description = secrets.describe_secret(SecretId=os.environ["FORMA_MAIL_SECRET_ARN"])
    in_use, account = secret("FORMA_MAIL_SECRET_ARN"), secret("FORMA_MAIL_ACCOUNT_SECRET_ARN")
    root = os.environ["FORMA_MAIL_API_URL"].removesuffix("/api")
    signed_in = session.post(
        f"{root}{os.environ['FORMA_MAIL_LOGIN_PATH']}", json=account, timeout=TIMEOUT_SECONDS
    )
    signed_in.raise_for_status()
    token = signed_in.json()["data"]["accessToken"]
    listed = session.get(
        f"{root}{os.environ['FORMA_MAIL_KEYS_PATH']}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
    )
    listed.raise_for_status()
    keys = listed.json()["data"]
    others = [key["id"] for key in keys if key["id"] != in_use["key_id"]]
    return {"secrets": [{"name": description["Name"], "others": others}]}
