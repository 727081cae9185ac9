"""The usage of both providers as metrics, as one writes it in an hour: ask, ask, put.

From the Secrets Manager and CloudWatch examples of the documentation of boto3, the quick start of
requests, and the providers' own examples. It keeps no history, judges nothing, and asks whether or
not a mail is waiting for the same allowance.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import requests

TIMEOUT_SECONDS = 20

secrets = boto3.client("secretsmanager")
cloudwatch = boto3.client("cloudwatch")
session = requests.Session()


def secret(name: str) -> dict[str, str]:
    """The fields of the secret that this variable names."""
    answer = secrets.get_secret_value(SecretId=os.environ[name])
    fields: dict[str, str] = json.loads(answer["SecretString"])
    return fields


def answer_of(method: str, url: str, **request: Any) -> Any:
    answer = session.request(method, url, timeout=TIMEOUT_SECONDS, **request)
    answer.raise_for_status()
    return answer.json()


def mail_usage() -> Any:
    key = secret("FORMA_MAIL_SECRET_ARN")["api_key"]
    url = f"{os.environ['FORMA_MAIL_API_URL']}/emails/usage/stats"
    return answer_of("GET", url, headers={"Authorization": f"Bearer {key}"})


def form_usage() -> Any:
    pair, root = secret("FORMALOO_SECRET_ARN"), os.environ["FORMALOO_API_URL"]
    token = answer_of(
        "POST",
        f"{root}/v1.0/oauth2/authorization-token/",
        headers={"x-api-key": pair["api_key"], "Authorization": f"Basic {pair['secret_key']}"},
        data={"grant_type": "client_credentials"},
    )["authorization_token"]
    headers = {"x-api-key": pair["api_key"], "Authorization": f"JWT {token}"}
    return answer_of("GET", f"{root}/v3.0/usage/", headers=headers)


def lambda_handler(_event: object, _context: object) -> dict[str, Any]:
    """Publishes every number that the providers tell."""
    numbers = {**numbers_in("mail", mail_usage()), **numbers_in("form", form_usage())}
    cloudwatch.put_metric_data(
        Namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"],
        MetricData=[{"MetricName": name, "Value": value} for name, value in numbers.items()],
    )
    return {"failures": {}}


def numbers_in(name: str, value: Any) -> dict[str, float]:
    """Every number in a JSON document, by the path to it."""
    if isinstance(value, dict):
        inner = [numbers_in(f"{name}.{key}", one) for key, one in value.items()]
        return {key: number for found in inner for key, number in found.items()}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {name: float(value)} if is_number else {}
