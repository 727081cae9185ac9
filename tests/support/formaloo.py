"""What tests of the Formaloo client share: keys, tokens, answers and threads."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from formarelay.formaloo.auth import FormalooCredentials, MintedToken, TokenSource
from formarelay.formaloo.client import Formaloo, FormalooOptions
from formarelay.redact import Secret
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp

T = TypeVar("T")

ROW = {"slug": "r1", "form": "f1", "data": {"fMail": "ada@example.com"}}

CALL_SECONDS = 10.0
TOKEN_OPERATION = "POST oauth2/authorization-token/"
# A bound for what takes microseconds, so that a deadlock fails instead of hanging.
PATIENCE_SECONDS = 10.0


def pair(name: str = "one") -> FormalooCredentials:
    return FormalooCredentials(
        api_key=Secret(f"api-key-{name}"), secret_key=Secret(f"secret-key-{name}==")
    )


class StoredPair:
    """A credential source that hands out what it is given and counts the refreshes."""

    def __init__(
        self, current: FormalooCredentials, *, after_refresh: FormalooCredentials | None = None
    ) -> None:
        self._current = current
        self._after_refresh = after_refresh or current
        self.rejected: list[FormalooCredentials] = []

    def current(self) -> FormalooCredentials:
        return self._current

    def refresh(self, rejected: FormalooCredentials) -> FormalooCredentials:
        self.rejected.append(rejected)
        self._current = self._after_refresh
        return self._current


def jwt(**claims: object) -> str:
    """A token of the right shape; nobody here verifies its signature."""
    parts = (json.dumps({"typ": "JWT", "alg": "HS256"}), json.dumps(claims))
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def enveloped(data: object, *, status: int = 200) -> dict[str, Any]:
    """A success as Formaloo words it."""
    return {
        "status": status,
        "errors": {"general_errors": [], "form_errors": {}},
        "data": data,
    }


def refusal(status: int, *general: str, form: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A failure as Formaloo words it."""
    return {
        "status": status,
        "errors": {"general_errors": list(general), "form_errors": form or {}},
        "data": {},
    }


def in_threads(number: int, call: Callable[[], T]) -> list[Future[T]]:
    """Run the call in so many threads at once; their results when all of them have ended."""
    start = threading.Barrier(number)
    futures: list[Future[T]] = [Future() for _ in range(number)]

    def run(future: Future[T]) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            future.set_exception(error)

    threads = [threading.Thread(target=run, args=(future,), daemon=True) for future in futures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    stuck = sum(thread.is_alive() for thread in threads)
    assert stuck == 0, f"{stuck} threads wait for ever"
    return futures


class Arrivals:
    """Counts calls and lets one thread wait until enough others have made theirs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0

    def arrive(self) -> None:
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._number >= number, PATIENCE_SECONDS)
        assert arrived, f"{self._number} instead of {number} threads arrived"


def numbered(prefix: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number}"


class Service:
    """A client with everything around it scripted, and the clock in the test's hand."""

    def __init__(self, *, stored: StoredPair | None = None, **options: Any) -> None:
        self.http = FakeHttp(service="formaloo")
        self.clock = ManualClock()
        self.stored = stored or StoredPair(pair())
        self.waits: list[float] = []
        self.names = numbered("token")
        self.client = Formaloo(
            self.http,
            credentials=self.stored,
            clock=self.clock,
            options=FormalooOptions(**options),
            sleep=self.waits.append,
            random=lambda: 1.0,
        )

    def mints(self, *statuses: int) -> None:
        for status in statuses or (200,):
            self.http.replies(
                status, json={"authorization_token": next(self.names)}, operation=TOKEN_OPERATION
            )

    def answers(self, status: int = 200, *, json: object = None, **how: Any) -> None:
        content = enveloped({"row": ROW}) if json is None else json
        self.http.replies(status, json=content, operation="GET rows/{row}/", **how)

    def refuses(self, *, times: int = 1) -> None:
        self.answers(401, json=refusal(401, "Signature has expired."), times=times)

    @property
    def sent(self) -> list[str]:
        """What was sent, in order: the Authorization header tells which call it was."""
        return [request.headers["Authorization"] for request in self.http.requests]


class Mint:
    """Mints opaque tokens, or whatever the test scripts, and remembers the pairs it was shown."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.pairs: list[FormalooCredentials] = []
        self.names = numbered("token")
        self.before: Callable[[], object] = lambda: None
        self.provider_time: float | None = None

    def __call__(self, credentials: FormalooCredentials) -> MintedToken:
        self.pairs.append(credentials)
        self.before()
        answer = self.answers.pop(0) if self.answers else next(self.names)
        if isinstance(answer, Exception):
            raise answer
        return MintedToken(token=Secret(answer), provider_time=self.provider_time)


def token_of(tokens: TokenSource, *, call_timeout_seconds: float = CALL_SECONDS) -> str:
    return tokens.authorization(call_timeout_seconds=call_timeout_seconds).token.reveal()
