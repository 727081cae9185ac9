"""The handler of rotate_keys over a service among fakes, and all that it lets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest

from rotate_keys import handler
from tests.support.rotating import STEPS, World


class LambdaContext:
    function_name = "rotate_keys"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:rotate_keys"
    aws_request_id = "request-1"

    def __init__(self, world: World) -> None:
        self._world = world

    def get_remaining_time_in_millis(self) -> int:
        return int(self._world.remaining_seconds * 1000)


class Function:
    """`errors` holds what Lambda would report of the invocations that failed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log = StringIO()
        self.errors: list[BaseException] = []
        self.answers: list[object] = []

    def invoke(self, event: object) -> Any:
        try:
            answer = handler.lambda_handler(event, LambdaContext(self.world))
        except Exception as error:
            self.errors.append(error)
            raise
        self.answers.append(answer)
        return answer

    def step(self, step: str, token: str, arn: str = "") -> Any:
        return self.invoke(
            {"Step": step, "SecretId": arn or self.world.arn, "ClientRequestToken": token}
        )

    def rotate(self, token: str, arn: str = "") -> None:
        for step in STEPS:
            self.step(step, token, arn)

    def retire(self, **more: object) -> Any:
        return self.invoke({"action": "retire", **more})

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextmanager
def rotate_keys_function(world: World) -> Iterator[Function]:
    function = Function(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler.metrics.provider, "namespace", "formarelay")
        patch.setattr(handler.metrics.provider, "service", "rotate_keys")
        patch.setattr(handler, "_service", lambda: world.service)
        patch.setattr(handler.logger.registered_handler, "stream", function.log)
        yield function
