"""RotateSecret and CancelRotateSecret, and what DescribeSecret says about them.

The emulator alone never calls the function: it makes a copy of the current value current.
"""

from __future__ import annotations

import json
from typing import Any

from local.emulator.internals import ModuleFunction
from local.emulator.secrets_manager import events, function, rules, schedule, service, stages
from local.emulator.secrets_manager.clock import CLOCK
from local.emulator.secrets_manager.refusals import invalid_parameter, invalid_request
from local.emulator.secrets_manager.runs import Runs
from local.emulator.secrets_manager.service import Parameters, answering, call
from local.emulator.secrets_manager.stages import Record
from local.emulator.secrets_manager.ticker import Ticker

_ROTATE = call("_rotate_secret")
_DESCRIBE = call("_describe_secret")
_HANDLE = ModuleFunction(
    module=service.MODULE,
    name="handle_request",
    parameters=("method", "path", "headers", "body", "query_params"),
)
INTERNALS = (
    *service.INTERNALS,
    *events.INTERNALS,
    *function.INTERNALS,
    *rules.INTERNALS,
    _ROTATE,
    _DESCRIBE,
    _HANDLE,
)

# AWS has no such call: `Seconds` moves the time of all rotation schedules forward.
ADVANCE_CLOCK = "AdvanceRotationClock"

_runs = Runs()
_ticker = Ticker(_runs)


def rotate_secret(data: Parameters) -> Parameters:
    secret = service.changeable(data.get("SecretId"))
    token = data.get("ClientRequestToken")
    if not token:
        raise invalid_parameter(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        )
    function_arn = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    if not function_arn:
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    if data.get("RotationRules"):
        rules.check(data["RotationRules"])
    function.check_invocable(function_arn, secret)
    if token not in secret["Versions"]:
        _refuse_second(secret)
        _configure(secret, function_arn=function_arn, given=data.get("RotationRules"))
        _begin(secret, token, immediately=data.get("RotateImmediately", True))
    return service.named(secret) | {"VersionId": token}


def _refuse_second(secret: Record) -> None:
    pending = stages.incomplete_rotation(secret)
    if pending is not None:
        _runs.rotate(secret, pending)
        raise invalid_request(
            "A previous rotation isn't complete. That rotation will be reattempted."
        )


def _configure(secret: Record, *, function_arn: str, given: rules.Rules | None) -> None:
    secret["RotationEnabled"] = True
    secret["RotationLambdaARN"] = function_arn
    secret["RotationRules"] = given or secret.get("RotationRules")
    now = CLOCK.now()
    secret["LastChangedDate"] = int(now)
    schedule.plan(secret, after=now)
    _ticker.watch(secret["ARN"])


def _begin(secret: Record, token: str, *, immediately: bool) -> None:
    if immediately:
        stages.announce(secret, token, now=CLOCK.now(), value={})
        _runs.rotate(secret, token)
        return
    # The function's test step reads its version; a copy of the current value passes where the
    # function is set up well. AWS says that this version exists, and not what it holds.
    current = secret["Versions"].get(stages.holder(secret, stages.CURRENT), {})
    stages.announce(secret, token, now=CLOCK.now(), value=stages.value_of(current))
    _runs.test(secret, token)


def cancel_rotate_secret(data: Parameters) -> Parameters:
    secret = service.changeable(data.get("SecretId"))
    if not secret.get("RotationEnabled"):
        raise invalid_request("Rotation is not enabled for this secret.")
    secret["RotationEnabled"] = False
    schedule.forget(secret)
    pending = stages.incomplete_rotation(secret)
    return service.named(secret) | ({"VersionId": pending} if pending else {})


def _advance_clock(data: Parameters) -> Parameters:
    seconds = data.get("Seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        raise invalid_parameter("Seconds must be a number that is not negative.")
    CLOCK.advance(seconds)
    return {"Now": CLOCK.now()}


def _described(secret: Record, answer: Parameters) -> Parameters:
    """The emulator's answer with what rotation adds, and without fields that have no value."""
    described = answer | {"VersionIdsToStages": stages.labels(secret)}
    if not secret.get("RotationLambdaARN"):
        described.pop("RotationEnabled", None)
    if secret.get("RotationEnabled"):
        dates = {name: secret.get(name) for name in (schedule.LAST, schedule.CLOSES)}
        described |= dates
    return {name: value for name, value in described.items() if value not in (None, "", [], {})}


def apply() -> None:
    describe = _DESCRIBE.read()
    handle = _HANDLE.read()

    def describe_secret(data: Parameters) -> Any:
        answer = describe(data)
        if answer[0] >= service.FIRST_ERROR_STATUS:
            return answer
        original = json.loads(answer[2])
        return answering(lambda _: _described(service.find(original["ARN"]), original))(data)

    added = {
        "CancelRotateSecret": answering(cancel_rotate_secret),
        ADVANCE_CLOCK: answering(_advance_clock),
    }

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> Any:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in added:
            return added[action](json.loads(body or b"{}"))
        return await handle(method, path, headers, body, query_params)

    _ROTATE.write(answering(rotate_secret))
    _DESCRIBE.write(describe_secret)
    _HANDLE.write(handle_request)
    _ticker.start()
