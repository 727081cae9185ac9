"""Rotates the secrets whose rotation window has opened."""

from __future__ import annotations

import contextvars
import threading
import time
from uuid import uuid4

from local.emulator.secrets_manager import schedule, service, stages
from local.emulator.secrets_manager.clock import CLOCK
from local.emulator.secrets_manager.refusals import SecretRefusedError
from local.emulator.secrets_manager.runs import Runs

_TICK_SECONDS = 0.5


class Ticker:
    """Watches the secrets that were ever set up for rotation in this process."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._watched: dict[str, contextvars.Context] = {}

    def watch(self, arn: str) -> None:
        # The context says whose secret it is, and in which region.
        self._watched[arn] = contextvars.copy_context()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="rotation-ticker").start()

    def _run(self) -> None:
        while True:
            self.tick(now=CLOCK.now())
            time.sleep(_TICK_SECONDS)

    def tick(self, *, now: float) -> None:
        """Starts every rotation that is due at `now` (epoch seconds)."""
        for arn, context in list(self._watched.items()):
            context.run(self._rotate_if_due, arn, now)

    def _rotate_if_due(self, arn: str, now: float) -> None:
        try:
            with service.LOCK:
                secret = service.usable(arn)
                # A rotation that is due while another is under way waits for its end.
                if not schedule.is_due(secret, now=now) or self._runs.is_running(arn):
                    return
                schedule.plan(secret, after=now)
                token = stages.incomplete_rotation(secret)
                if token is None:
                    token = str(uuid4())
                    stages.announce(secret, token, now=now, value={})
                self._runs.rotate(secret, token)
        except SecretRefusedError:
            self._watched.pop(arn, None)
