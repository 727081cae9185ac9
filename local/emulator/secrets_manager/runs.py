"""Rotations in the background: the steps, the repetitions, and what they leave behind.

AWS repeats a failed rotation from its first step and does not say when or how often. Here it is
repeated twice, after seconds; after that when the next window opens, or when someone asks for
another rotation, which is refused.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable

from local.emulator.secrets_manager import events, function, schedule, service, stages
from local.emulator.secrets_manager.clock import CLOCK
from local.emulator.secrets_manager.refusals import SecretRefusedError
from local.emulator.secrets_manager.stages import Record

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
REPETITION_DELAYS_SECONDS = (1.0, 2.0)
_TEST_STEP = "testSecret"


class Runs:
    """At most one run for each secret."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._asked_again: set[str] = set()

    def rotate(self, secret: Record, token: str) -> None:
        """Runs all steps for the pending version; after a run that is under way, if that fails."""
        self._start(secret["ARN"], lambda: self._repeat(secret["ARN"], token))

    def test(self, secret: Record, token: str) -> None:
        """Runs the test step for the pending version, and removes that version."""
        self._start(secret["ARN"], lambda: _test(secret["ARN"], token))

    def is_running(self, arn: str) -> bool:
        with self._lock:
            return arn in self._running

    def _start(self, arn: str, run: Callable[[], None]) -> None:
        with self._lock:
            if arn in self._running:
                # The run may be past its last attempt, and would leave this call without one.
                self._asked_again.add(arn)
                return
            self._running.add(arn)

        def finish() -> None:
            while True:
                # A secret that was deleted meanwhile has nothing to rotate.
                with contextlib.suppress(SecretRefusedError):
                    run()
                with self._lock:
                    if arn not in self._asked_again:
                        self._running.discard(arn)
                        return
                    self._asked_again.discard(arn)

        # The context says whose secret it is, and in which region.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(finish,), daemon=True).start()

    def _repeat(self, arn: str, token: str) -> None:
        for delay_seconds in (*REPETITION_DELAYS_SECONDS, None):
            secret = service.usable(arn)
            if not _is_open(secret, token) or stages.holder(secret, stages.CURRENT) == token:
                return
            if _is_complete(arn, token):
                return
            if delay_seconds is not None:
                self._sleep(delay_seconds)


def _is_open(secret: Record, token: str) -> bool:
    """Whether nobody has cancelled or abandoned the rotation."""
    return bool(secret.get("RotationEnabled")) and stages.holder(secret, stages.PENDING) == token


def _is_complete(arn: str, token: str) -> bool:
    """One pass through all steps: False when it failed and may be repeated."""
    secret = service.usable(arn)
    events.publish("RotationStarted", secret, token=token)
    error = _fault_of_steps(arn, token)
    with service.LOCK:
        secret = service.usable(arn)
        if error is None and stages.holder(secret, stages.CURRENT) == token:
            schedule.note_rotation(secret, now=CLOCK.now())
            events.publish("RotationSucceeded", secret, token=token)
            return True
        if error is None and not _is_open(secret, token):
            return True
    error = error or f"Version {token} is still pending after the last step"
    events.publish("RotationFailed", secret, token=token, error=error)
    return False


def _fault_of_steps(arn: str, token: str) -> str | None:
    for step in STEPS:
        secret = service.usable(arn)
        if not _is_open(secret, token):
            return None
        if not _step(secret, step, token):
            return _error(secret, step)
    return None


def _test(arn: str, token: str) -> None:
    secret = service.usable(arn)
    events.publish("TestRotationStarted", secret, token=token)
    passed = _step(secret, _TEST_STEP, token)
    with service.LOCK:
        secret = service.usable(arn)
        if stages.holder(secret, stages.CURRENT) != token:
            secret["Versions"].pop(token, None)
    if passed:
        events.publish("TestRotationSucceeded", secret, token=token)
    else:
        error = _error(secret, _TEST_STEP)
        events.publish("TestRotationFailed", secret, token=token, error=error)


def _step(secret: Record, step: str, token: str) -> bool:
    event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
    return function.invoke(secret["RotationLambdaARN"], secret, event)


def _error(secret: Record, step: str) -> str:
    return f"Error when executing lambda {secret['RotationLambdaARN']} during {step} step"
