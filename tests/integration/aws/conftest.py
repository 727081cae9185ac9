from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest

from local.workspace import Workspace
from tests.support.aws import REGION, create_state_table
from tests.support.emulator import emulated_aws


@pytest.fixture(scope="module")
def emulated_dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the emulated AWS, which understands PartiQL; moto does not."""
    folder = tmp_path_factory.mktemp("emulator")
    with emulated_aws(Workspace(directory=folder, runtimes=folder / "runtime")) as url:
        session = boto3.Session("test", "test", region_name=REGION)
        client = session.client("dynamodb", endpoint_url=url)
        yield client
        client.close()


@pytest.fixture
def emulated_table(emulated_dynamodb: Any) -> str:
    """The name of an empty State table that only this test knows."""
    name = f"state-{uuid4()}"
    create_state_table(name, client=emulated_dynamodb)
    return name
