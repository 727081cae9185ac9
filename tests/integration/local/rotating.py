"""A rotation function, a secret that it rotates, and what came of it, for the tests beside this."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.local.stacks import Emulator, eventually

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
# Every step is recorded, and the one that the secret's description names fails. That a value is
# there is known only by asking for it, as AWS tells rotation functions to do.
CODE = """
    import json, os, boto3

    secrets = boto3.client("secretsmanager")

    def handle(event, context):
        arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
        described = secrets.describe_secret(SecretId=arn)
        seen = dict(event, labels=described["VersionIdsToStages"])
        pending = dict(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        try:
            seen["value"] = secrets.get_secret_value(**pending)["SecretString"]
        except secrets.exceptions.ResourceNotFoundException:
            seen["value"] = None
        with open(os.environ["RECORD"], "a") as record:
            record.write(json.dumps(seen) + "\\n")
        if described.get("Description") == step:
            raise RuntimeError("broken on purpose")
        if step == "createSecret" and seen["value"] is None:
            secrets.put_secret_value(
                SecretId=arn,
                ClientRequestToken=token,
                SecretString="made by " + token,
                VersionStages=["AWSPENDING"],
            )
        if step == "finishSecret":
            current = next(
                version
                for version, labels in seen["labels"].items()
                if "AWSCURRENT" in labels
            )
            secrets.update_secret_version_stage(
                SecretId=arn,
                VersionStage="AWSCURRENT",
                MoveToVersionId=token,
                RemoveFromVersionId=current,
            )
"""


@dataclass
class Rotating:
    """One secret with the value `first`, and the function that rotates it."""

    emulator: Emulator
    arn: str
    first: str
    function_arn: str
    record: Path

    @property
    def secrets(self) -> Any:
        return self.emulator.client("secretsmanager")

    def rotate(self, **more: Any) -> str:
        """The version that the rotation makes."""
        answer = self.secrets.rotate_secret(
            SecretId=self.arn, **({"RotationLambdaARN": self.function_arn} | more)
        )
        token: str = answer["VersionId"]
        return token

    def break_step(self, step: str) -> None:
        self.secrets.update_secret(SecretId=self.arn, Description=step)

    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = self.secrets.describe_secret(SecretId=self.arn)
        return described

    def labels(self) -> dict[str, list[str]]:
        labels: dict[str, list[str]] = self.described()["VersionIdsToStages"]
        return labels

    def value(self) -> str:
        value: str = self.secrets.get_secret_value(SecretId=self.arn)["SecretString"]
        return value

    def invocations(self, token: str) -> list[dict[str, Any]]:
        """What the function saw at each step of one version."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [seen for line in lines if (seen := json.loads(line))["ClientRequestToken"] == token]

    def steps(self, token: str) -> list[str]:
        return [seen["Step"] for seen in self.invocations(token)]

    def is_rotated(self) -> bool:
        return eventually(lambda: "LastRotatedDate" in self.described())
