"""Every operation in turn, with good and with bad input, until enough was asked."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sandbox.openapi.document import CONTROL
from sandbox.testing import RunningSandbox
from tests.fuzz.callers import Caller

_TIMEOUT_SECONDS = 10.0
# Of each generated request: making one up takes five times as long as asking and judging.
_VARIANTS = 6
_MOST_STORIES = 20
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_SETTINGS = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# They make what the other answers are held against no longer true: knobs turn shapes, faults are
# what they are for, a moved clock ends keys. They are asked last.
_LAST = ("/_sandbox/profile", "/_sandbox/faults", "/_sandbox/clock", "/_sandbox/reset")


@dataclass(slots=True)
class Tally:
    """What was asked and answered."""

    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    slowest_seconds: float = 0.0

    def note_failure(self, story: str) -> None:
        self.failed += 1
        if len(self.failures) < _MOST_STORIES:
            self.failures.append(story)


class Campaign:
    """Args:
    sandbox: Runs already, and is for this alone.
    seed: Of all that is random.
    prefix: Of the operations that are asked.
    """

    def __init__(self, sandbox: RunningSandbox, *, seed: int, prefix: str) -> None:
        self._sandbox = sandbox
        self._prefix = prefix
        self._rng = random.Random(seed)
        self._caller = Caller(sandbox, rng=self._rng)
        self._session = requests.Session()
        self._session.trust_env = False
        self.tally = Tally()
        schema = schemathesis.openapi.from_url(f"{sandbox.url}{CONTROL}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        chosen = [one for one in operations if one.path.startswith(prefix)]
        self._operations = sorted(chosen, key=lambda one: one.path in _LAST)

    def run(self, wanted: int, *, say: Callable[[Tally], None], part: int = 50) -> Tally:
        """Asks at least so many times, and of every operation: with good input and with bad.

        Args:
            wanted: How often.
            say: Is told how far it is, after each operation.
            part: Of how much of one operation, one after the other. What has no input has less.
        """
        for number, operation in enumerate(cycle(self._operations)):
            if number >= len(self._operations) and self.tally.requests >= wanted:
                break
            if self._prefix != CONTROL:
                self._caller.renew()
            self._exercise(operation, GenerationMode.POSITIVE, part)
            self._exercise(operation, GenerationMode.NEGATIVE, part)
            say(self.tally)
        return self.tally

    def _exercise(self, operation: Any, mode: GenerationMode, times: int) -> None:
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except hypothesis.errors.Unsatisfiable:
            return

        @hypothesis.seed(self._rng.getrandbits(32))
        @settings(_SETTINGS, max_examples=times)
        @given(case=strategy)
        def exercise(case: Case) -> None:
            parameters, body = dict(case.path_parameters or {}), case.body
            headers = dict(case.headers)
            for _ in range(_VARIANTS):
                self._vary(case, parameters, body, headers)
                self._call(case)

        try:
            exercise()
        except hypothesis.errors.Unsatisfiable:
            # There is no bad input to an operation without input.
            return

    def _vary(
        self, case: Case, parameters: dict[str, Any], body: Any, headers: dict[str, str]
    ) -> None:
        """Another caller of the generated request, who may know what is there."""
        pattern = self._pattern(case)
        case.path_parameters = self._caller.place(pattern, dict(parameters))
        case.body = self._caller.body(pattern, body)
        demanded = case.operation.definition.raw.get("security") or [{}]
        case.headers.clear()
        case.headers.update(headers | self._caller.headers(list(demanded[0])))

    def _pattern(self, case: Case) -> str:
        return str(case.operation.path.removeprefix(self._prefix))

    def _call(self, case: Case) -> None:
        began = time.monotonic()
        try:
            response = case.call(
                base_url=self._sandbox.url,
                session=self._session,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError, ValueError):
            # No client can send it.
            return
        except requests.RequestException as error:
            self.tally.requests += 1
            self.tally.note_failure(f"{case.method} {case.path}: {type(error).__name__}")
            return
        self.tally.requests += 1
        self.tally.slowest_seconds = max(self.tally.slowest_seconds, time.monotonic() - began)
        self.tally.statuses[str(response.status_code)] += 1
        try:
            case.validate_response(response, checks=_CHECKS)
        except (FailureGroup, Failure) as failure:
            self.tally.note_failure(_story(case, response.status_code, failure))
        if self._pattern(case) in ("/keys/", "/applications/") and response.status_code < 300:
            self._caller.renew()


def _story(case: Case, status: int, failure: BaseException) -> str:
    found = getattr(failure, "exceptions", [failure])
    reasons = "; ".join(f"{one.title}: {str(one.message)[:300]}" for one in found)
    return f"{case.method} {case.path} -> {status}: {reasons}\n  {case.as_curl_command()[:600]}"
