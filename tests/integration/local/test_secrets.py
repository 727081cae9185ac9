"""The sandbox's credentials in the deployed secrets: real, kept, and renewed when they are dead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from local.aws import LocalAws
from local.sandbox_control import SandboxControl
from local.secrets import await_rotation_tests, seed_secrets
from sandbox.testing import RunningSandbox, bearer
from tests.integration.local.stacks import Emulator

SECRET = {"Type": "AWS::SecretsManager::Secret"}
ALL = ("FormaMailSecret", "FormalooSecret", "FormaMailAccountSecret")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


class Secrets:
    """A stack of nothing but secrets, and the means to seed it."""

    def __init__(self, emulator: Emulator, sandbox: RunningSandbox, names: tuple[str, ...]) -> None:
        self.client = emulator.client("secretsmanager")
        self.url = self.client.meta.endpoint_url
        self.sandbox = sandbox
        outputs = {f"{name}Arn": {"Ref": name} for name in names}
        stack = emulator.create_stack(dict.fromkeys(names, SECRET), outputs=outputs)
        self.outputs = emulator.outputs(stack)

    def seed(self) -> None:
        with (
            closing(LocalAws(self.url)) as aws,
            closing(SandboxControl(self.sandbox.url)) as control,
        ):
            seed_secrets(aws, sandbox=control, outputs=self.outputs)

    def value(self, name: str) -> dict[str, Any]:
        answer = self.client.get_secret_value(SecretId=self.outputs[f"{name}Arn"])
        return dict(json.loads(answer["SecretString"]))

    def version(self, name: str) -> str:
        answer = self.client.get_secret_value(SecretId=self.outputs[f"{name}Arn"])
        return str(answer["VersionId"])


def test_seeded_credentials_open_what_they_are_for(
    emulator: Emulator, sandbox: RunningSandbox
) -> None:
    secrets = Secrets(emulator, sandbox, ALL)

    secrets.seed()

    account = secrets.value("FormaMailAccountSecret")
    assert set(account) == {"email", "password"}
    login = sandbox.request("POST", "/api/auth/login", body=account)
    token = login.json()["data"]["accessToken"]
    listed = sandbox.request("GET", "/api/api-keys", headers=bearer(token)).json()["data"]
    key = secrets.value("FormaMailSecret")
    assert [item["status"] for item in listed if item["id"] == key["key_id"]] == ["active"]
    assert sandbox.send(key["api_key"]).status == 201
    assert sandbox.accepted()[-1]["keyId"] == key["key_id"]
    pair = sandbox.control("GET", "/formaloo")
    assert secrets.value("FormalooSecret") == {
        name: pair[name] for name in ("api_key", "secret_key")
    }


def test_seeding_again_leaves_what_works_and_renews_what_does_not(
    emulator: Emulator, sandbox: RunningSandbox
) -> None:
    secrets = Secrets(emulator, sandbox, ALL)
    secrets.seed()
    before = {name: secrets.version(name) for name in ALL}

    secrets.seed()
    assert {name: secrets.version(name) for name in ALL} == before
    sandbox.control("POST", "/reset")
    secrets.seed()

    assert all(secrets.version(name) != before[name] for name in ALL)
    assert secrets.value("FormaMailAccountSecret") == sandbox.control("GET", "/dashboard")


def test_stack_without_an_account_secret_is_seeded_without_it(
    emulator: Emulator, sandbox: RunningSandbox
) -> None:
    secrets = Secrets(emulator, sandbox, ("FormaMailSecret", "FormalooSecret"))

    secrets.seed()

    assert set(secrets.value("FormaMailSecret")) == {"api_key", "key_id"}
    assert set(secrets.value("FormalooSecret")) == {"api_key", "secret_key"}


def test_a_test_of_the_schedule_is_waited_for(
    emulator: Emulator, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets(emulator, sandbox, ALL)
    secrets.seed()
    arn = secrets.outputs["FormalooSecretArn"]
    token = secrets.client.put_secret_value(
        SecretId=arn, SecretString="{}", VersionStages=["AWSPENDING"]
    )["VersionId"]
    waits = []

    def end_the_test(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            secrets.client.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=token
            )

    monkeypatch.setattr("local.secrets.time.sleep", end_the_test)
    with closing(LocalAws(secrets.url)) as aws:
        await_rotation_tests(aws, outputs=secrets.outputs)
        assert len(waits) == 2
        await_rotation_tests(aws, outputs=secrets.outputs)
    assert len(waits) == 2


def test_a_rotation_that_waits_for_a_person_holds_nobody_up(
    emulator: Emulator, sandbox: RunningSandbox
) -> None:
    secrets = Secrets(emulator, sandbox, ALL)
    secrets.client.put_secret_value(
        SecretId=secrets.outputs["FormaMailSecretArn"],
        SecretString="{}",
        VersionStages=["AWSPENDING"],
    )
    with closing(LocalAws(secrets.url)) as aws:
        await_rotation_tests(aws, outputs=secrets.outputs, within_seconds=0.3)
