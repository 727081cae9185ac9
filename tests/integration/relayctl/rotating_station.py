"""The real rotation among fakes, and `relayctl rotate` as a person runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from relayctl.aws import Aws
from relayctl.cli import main
from relayctl.surroundings import Surroundings
from tests.integration.relayctl.station import Shown
from tests.support.rotate_keys_function import Function, rotate_keys_function
from tests.support.rotating import FUNCTION, World


class Functions:
    """Lambda, with one function."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self.error: Exception | None = None
        self.payload: bytes | None = None
        self.events: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 (boto3's)
        assert FunctionName == "relay-rotate"
        self.events.append(json.loads(Payload))
        if self.error:
            raise self.error
        if self.payload is not None:
            return {"StatusCode": 200, "Payload": BytesIO(self.payload)}
        try:
            answer = self._function.invoke(json.loads(Payload))
        except Exception as error:  # noqa: BLE001 (Lambda reports any)
            told = {"errorMessage": str(error), "errorType": type(error).__name__}
            return {"FunctionError": "Unhandled", "Payload": BytesIO(json.dumps(told).encode())}
        return {"StatusCode": 200, "Payload": BytesIO(json.dumps(answer).encode())}


class RotatingStation:
    """`answer` is what a person types. `meanwhile` happens at each wait."""

    def __init__(self, folder: Path, world: World, function: Function) -> None:
        self.world = world
        self.functions = Functions(function)
        self.answer = ""
        self.meanwhile: Callable[[], None] = lambda: None
        self.stack_file = folder / "stack.env"
        self.lines = {
            "STACK_NAME": "relay",
            "EMAIL_QUEUE_URL": "http://127.0.0.1:1/email",
            "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/dead-letters",
            "STATE_TABLE": "state",
            "ROTATE_KEYS_FUNCTION": "relay-rotate",
            "FORMA_MAIL_SECRET_ARN": world.arn,
            "FORMALOO_SECRET_ARN": world.pair_arn,
        }

    def run(self, *arguments: str, terminal: bool = False) -> Shown:
        self.stack_file.write_text("".join(f"{k}={v}\n" for k, v in self.lines.items()))
        output, messages = StringIO(), StringIO()
        shown = Console(file=messages, force_terminal=terminal, width=400)
        around = Surroundings(
            output=Console(file=output, width=400),
            messages=shown,
            clock=self.world.clock,
            sleep=self._sleep,
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.input", lambda *_: self.answer)
            words = ["rotate", "--now", "--env-file", str(self.stack_file), *arguments]
            status = main(words, around=around)
        return Shown(status, output.getvalue(), messages.getvalue())

    def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(seconds)
        self.meanwhile()


@contextmanager
def rotating_station(folder: Path) -> Iterator[RotatingStation]:
    world = World()
    with rotate_keys_function(world) as function, pytest.MonkeyPatch.context() as patch:
        station = RotatingStation(folder, world, function)
        world.secrets._invoke = function.invoke
        # Rotation is switched on, as the template does it.
        for arn in (world.arn, world.pair_arn):
            world.secrets.client.rotate_secret(
                SecretId=arn, RotationLambdaARN=FUNCTION, RotateImmediately=False
            )
        patch.setattr(Aws, "secretsmanager", lambda aws: world.secrets.client)
        patch.setattr(Aws, "invocations", lambda aws: station.functions)
        yield station
