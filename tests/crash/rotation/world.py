"""Everything outside of the function: two secrets and the journal's table, and both providers."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.crash.place import Place
from tests.crash.resources import Resources
from tests.crash.rotation.faults import Fault

RIGHTS = ["emails:send", "emails:read"]
OURS = "formarelay "
CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
_TABLE = "crash-rotation"
_ACCOUNT = "crash-account"
_FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:rotate_keys"
# The sandbox neither limits nor lags, unless a fault says so.
_PROFILE = {"rate_limit": "off", "key_limit": 10}


class RotationWorld:
    """One a worker, and one run at a time in it.

    Args:
        place: Entered already.
        resources: Of the template.
    """

    def __init__(self, place: Place, resources: Resources) -> None:
        self._place = place
        self._resources = resources
        self._numbers = count(1)
        self.clock = place.clock
        self.emulator_port = place.emulator_port
        # One session for all: each would keep models of the services of its own in memory.
        self.session = boto3.Session()
        self._dynamodb: Any = self.session.client("dynamodb")
        self._secrets: Any = self.session.client("secretsmanager")
        self._secrets.create_secret(Name=_ACCOUNT, SecretString="{}")
        self._key: dict[str, str] = {}
        self.first = ""
        """The id of the key that stands in the secret at the beginning."""
        self.arns: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """The environment of the function for the secrets of this run."""
        return self._resources.rotation | {
            "STACK_NAME": "crash",
            "FORMA_MAIL_API_URL": f"{self._place.sandbox_url}/api",
            "FORMALOO_API_URL": self._place.sandbox_url,
            "FORMA_MAIL_ACCOUNT_SECRET_ARN": _ACCOUNT,
            "FORMA_MAIL_SECRET_ARN": self.arns.get("forma-mail", ""),
            "FORMALOO_SECRET_ARN": self.arns.get("formaloo", ""),
            "STATE_TABLE": _TABLE,
            "KEY_PERMISSIONS": ",".join(RIGHTS),
        }

    def renew(self, fault: Fault) -> None:
        """New secrets, an empty table, an account with one key, a new pair; then the fault."""
        sandbox = self._place.sandbox
        sandbox.call("POST", "/reset")
        self.heal()
        self.advance(0)
        self._renew_table()
        login = sandbox.call("GET", "/dashboard")
        self._secrets.put_secret_value(SecretId=_ACCOUNT, SecretString=json.dumps(login))
        self.first = self._new_key("first")
        number = next(self._numbers)
        for name, value in (("forma-mail", self._key), ("formaloo", self.pair())):
            answer = self._secrets.create_secret(
                Name=f"crash-{name}-{number}", SecretString=json.dumps(value)
            )
            self.arns[name] = answer["ARN"]
            # As the schedule of the template leaves them: a person may be first to act.
            self._secrets.rotate_secret(
                SecretId=answer["ARN"], RotationLambdaARN=_FUNCTION, RotateImmediately=False
            )
        for _ in range(fault.foreign_keys):
            self._new_key("somebody else's")
        if fault.profile:
            sandbox.call("PUT", "/profile", _PROFILE | fault.profile)
        for route, text, times in fault.rules:
            sandbox.call("POST", "/faults", {"route": route, "fault": text, "times": times})

    def heal(self) -> None:
        """Ends what the fault did to the sandbox."""
        self._place.sandbox.call("DELETE", "/faults")
        self._place.sandbox.call("PUT", "/profile", _PROFILE)

    def advance(self, seconds: float) -> None:
        """See `Place.advance`."""
        self._place.advance(seconds)

    def start(self, secret: str) -> str:
        """Asks for a rotation; the version that it is to make, or the one that is under way."""
        try:
            answer = self._secrets.rotate_secret(SecretId=self.arns[secret])
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidRequestException":
                raise
            return self.version(secret, PENDING)
        version: str = answer["VersionId"]
        return version

    def give(self, secret: str) -> None:
        """A person makes a key, and stores it as the pending version."""
        self._new_key("by hand")
        self._secrets.put_secret_value(
            SecretId=self.arns[secret], SecretString=json.dumps(self._key), VersionStages=[PENDING]
        )

    def store_pair(self) -> None:
        """A person copies the present pair into the secret."""
        value = json.dumps(self.pair())
        self._secrets.put_secret_value(SecretId=self.arns["formaloo"], SecretString=value)

    def labels(self, secret: str) -> dict[str, list[str]]:
        described = self._secrets.describe_secret(SecretId=self.arns[secret])
        labels: dict[str, list[str]] = described["VersionIdsToStages"]
        return labels

    def version(self, secret: str, label: str) -> str:
        """The version with that label; empty when none has it."""
        labels = self.labels(secret)
        return next((each for each, found in labels.items() if label in found), "")

    def value(self, secret: str, **of: str) -> dict[str, Any]:
        answer = self._secrets.get_secret_value(SecretId=self.arns[secret], **of)
        value: dict[str, Any] = json.loads(answer["SecretString"])
        return value

    def pair(self) -> dict[str, str]:
        """The pair that Formaloo takes."""
        state = self._place.sandbox.call("GET", "/formaloo")
        return {name: state[name] for name in ("api_key", "secret_key")}

    def swaps(self) -> int:
        """How often the pair was really replaced."""
        requests = self._place.sandbox.call("GET", "/requests")["requests"]
        # Without a status where the answer was dropped.
        done = [each for each in requests if each["status"] in (200, None)]
        return sum(each["query"] == "rotate=true" for each in done)

    def live_keys(self) -> dict[str, str]:
        """Name of every live key by its id."""
        keys = self._place.sandbox.call("GET", "/keys")["keys"]
        return {each["id"]: each["name"] for each in keys if each["status"] == "active"}

    def journal(self) -> list[dict[str, Any]]:
        """The items of the State table."""
        items = self._dynamodb.scan(TableName=_TABLE)["Items"]
        return [
            {name: next(iter(value.values())) for name, value in item.items()} for item in items
        ]

    def open_rotation(self, secret: str) -> dict[str, Any]:
        """The journal's entry of the rotation that is open; empty when none is."""
        items = {item["pk"]: item for item in self.journal()}
        item = items.get(f"rotation#{secret}", {})
        return item if "token" in item else {}

    def credentials(self) -> list[str]:
        """Every credential that a version of a secret holds; no output may show one."""
        found: set[str] = set()
        for secret, arn in self.arns.items():
            versions = self._secrets.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)
            for version in versions["Versions"]:
                try:
                    value = self.value(secret, VersionId=version["VersionId"])
                except (ClientError, ValueError):
                    # Without a value, or half of an answer that was kept as it came.
                    continue
                # An answer that was kept whole has the pair inside.
                value |= value.get("data") or {}
                found |= {value[name] for name in ("api_key", "secret_key") if name in value}
        password = self._place.sandbox.call("GET", "/dashboard")["password"]
        return [*found, password]

    def _new_key(self, name: str) -> str:
        document = {"name": name, "permissions": RIGHTS}
        key = self._place.sandbox.call("POST", "/keys", document)
        self._key = {"api_key": key["apiKey"], "key_id": key["id"]}
        return str(key["id"])

    def _renew_table(self) -> None:
        try:
            self._dynamodb.delete_table(TableName=_TABLE)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        self._dynamodb.create_table(TableName=_TABLE, **self._resources.table)
