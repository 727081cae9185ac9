"""Authenticated calls: the token, the answer to a 401, and what may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from formarelay.clock import Clock
from formarelay.errors import CredentialError, TransientError
from formarelay.formaloo.auth import Authorization, TokenSource
from formarelay.formaloo.envelope import data_of, describe_error, successful_body
from formarelay.formaloo.options import FormalooOptions
from formarelay.formaloo.route import Route
from formarelay.http import Http, HttpResponse, QueryValues, raise_for_status
from formarelay.retry import next_wait_seconds

T = TypeVar("T")

Parse = Callable[[Mapping[str, object], str], T]


class Reader:
    """Makes GETs that change nothing, and changes that it never repeats but for a refused token.

    See `Formaloo` for the arguments.
    """

    def __init__(
        self,
        http: Http,
        *,
        tokens: TokenSource,
        clock: Clock,
        options: FormalooOptions,
        sleep: Callable[[float], None],
        random: Callable[[], float],
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._options = options
        self._sleep = sleep
        self._random = random
        timeouts = options.timeouts
        self._call_timeout_seconds = timeouts.connect_seconds + timeouts.read_seconds

    def read(self, route: Route, params: QueryValues | None, *, parse: Parse[T]) -> T:
        """What `parse` makes of the answer's `data` and the name of the operation.

        Token and call are one unit: it is repeated as a whole after a transient failure of either,
        or of `parse`.

        Raises:
            FormaError: What the last attempt raised.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._answer(partial(self._call, route, params, None))
                return parse(data_of(response, now=self._clock.wall()), route.operation)
            except TransientError as error:
                wait_seconds = next_wait_seconds(
                    error, attempt=attempt, policy=self._options.retry, random=self._random
                )
                if wait_seconds is None:
                    raise
            self._sleep(wait_seconds)

    def change(self, route: Route, *, json: object = None, parse: Parse[T]) -> T:
        """What `parse` makes of the answer to one call that changes something.

        Repeated only after a 401, which proves that nothing was changed. An empty 2xx answer has
        no data.

        Raises:
            OutcomeUnknownError: Perhaps changed.
            FormaError: Not changed; see `formarelay.errors`.
        """
        response = self._answer(partial(self._call, route, None, json))
        if not response.body.strip():
            return parse({}, route.operation)
        data = successful_body(response, now=self._clock.wall()).get("data")
        return parse(data if isinstance(data, Mapping) else {}, route.operation)

    def _answer(self, call: Callable[[Authorization], HttpResponse]) -> HttpResponse:
        authorization = self._tokens.authorization(call_timeout_seconds=self._call_timeout_seconds)
        try:
            return call(authorization)
        except CredentialError:
            fresh = self._tokens.replace(
                authorization, call_timeout_seconds=self._call_timeout_seconds
            )
        try:
            return call(fresh)
        except CredentialError:
            self._tokens.discard(fresh)
            raise

    def _call(
        self,
        route: Route,
        params: QueryValues | None,
        json: object,
        authorization: Authorization,
    ) -> HttpResponse:
        headers = {
            "Authorization": f"JWT {authorization.token.reveal()}",
            "x-api-key": authorization.credentials.api_key.reveal(),
        }
        if self._options.workspace:
            headers["x-workspace"] = self._options.workspace
        response = self._http.request(
            route.method,
            route.path(self._options.version),
            operation=route.operation,
            headers=headers,
            params=params,
            json=json,
            read_timeout_seconds=self._options.timeouts.read_seconds,
        )
        raise_for_status(response, describe=describe_error, now=self._clock.wall())
        return response
