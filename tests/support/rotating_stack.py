"""The deployed stack's rotations, started and watched as Secrets Manager and an operator would."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import boto3
import requests

from tests.support.stack import Stack

ROTATION_SECONDS = 60.0


class RotatingStack:
    """Args:
    stack: Deployed, with both secrets seeded.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        values = stack.values
        self._functions = boto3.client(
            "lambda",
            endpoint_url=values["AWS_ENDPOINT_URL"],
            aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
            region_name=values["AWS_DEFAULT_REGION"],
        )

    def value(self, secret: str) -> dict[str, str]:
        answer = self._stack.secrets.get_secret_value(SecretId=self._stack.values[secret])
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    def key_id(self) -> str:
        return self.value("FORMA_MAIL_SECRET_ARN")["key_id"]

    def rotate(self, secret: str) -> None:
        """Asks Secrets Manager, and waits until the new version is current."""
        secret_id = self._stack.values[secret]
        token = self._stack.secrets.rotate_secret(SecretId=secret_id)["VersionId"]

        def promoted() -> bool:
            described = self._stack.secrets.describe_secret(SecretId=secret_id)
            return "AWSCURRENT" in described["VersionIdsToStages"].get(token, [])

        self._stack.wait_until(promoted, seconds=ROTATION_SECONDS)

    def retire(self, secret: str = "", **wish: float) -> list[dict[str, Any]]:
        """A round of retiring, as the schedule starts it; `overlap_seconds` is another's wish.

        Again while another invocation is at work on a secret, as the schedule would: Secrets
        Manager's last step may still be ending.
        """
        event: dict[str, Any] = {"action": "retire"}
        if secret:
            event["secretArn"] = self._stack.values[secret]
        if wish:
            event["overlapSeconds"] = wish["overlap_seconds"]
        reports: list[dict[str, Any]] = []

        def done() -> bool:
            reports[:] = self._round(event)
            return not any(report["busy"] for report in reports)

        self._stack.wait_until(done, seconds=ROTATION_SECONDS)
        return reports

    def _round(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self._functions.invoke(
            FunctionName=self._stack.values["ROTATE_KEYS_FUNCTION"], Payload=json.dumps(event)
        )
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        reports: list[dict[str, Any]] = told["secrets"]
        assert [report["problem"] for report in reports] == [""] * len(reports)
        return reports

    def keys(self) -> dict[str, dict[str, Any]]:
        return {key["id"]: key for key in self._stack.sandbox("GET", "/keys")["keys"]}

    def sends_mail(self, run: str, key_id: str) -> bool:
        """Whether a mail of the run was accepted with the key."""
        return key_id in {email["keyId"] for email in self._stack.accepted(run)}

    def last_used_at(self, key_id: str) -> float:
        return datetime.fromisoformat(self.keys()[key_id]["lastUsedAt"]).timestamp()

    def revoked_at(self, key_id: str, *, since: int) -> float:
        """When the provider took the call that revoked the key."""
        (at,) = [
            request["at"]
            for request in self._stack.requests(since=since)
            if request["path"].endswith(f"/{key_id}/revoke") and request["status"] < 300
        ]
        return float(at)

    def gap_seconds(self) -> float:
        """Of the last swap of a pair, as the function measured it."""
        lines = [
            json.loads(line)
            for line in self._stack.log_text().splitlines()
            if "SinglePairGapSeconds" in line
        ]
        return float(lines[-1]["SinglePairGapSeconds"][0])

    def advance_schedules(self, seconds: float) -> None:
        """Moves the time of all rotation schedules of the local AWS."""
        requests.post(
            self._stack.values["AWS_ENDPOINT_URL"],
            headers={"X-Amz-Target": "secretsmanager.AdvanceRotationClock"},
            json={"Seconds": seconds},
            timeout=30,
        ).raise_for_status()

    def state_items(self) -> list[dict[str, Any]]:
        pages = self._stack.dynamodb.get_paginator("scan").paginate(
            TableName=self._stack.values["STATE_TABLE"]
        )
        return [item for page in pages for item in page["Items"]]
