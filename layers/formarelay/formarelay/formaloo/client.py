"""The Formaloo client: rows to read, submissions to make, and the rules of when to repeat."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from formarelay.clock import Clock
from formarelay.errors import InvalidRequestError
from formarelay.formaloo.auth import TokenSource
from formarelay.formaloo.credentials import (
    FormalooCredentials,
    FormalooCredentialSource,
    with_working_pair,
)
from formarelay.formaloo.envelope import successful_body
from formarelay.formaloo.minting import TokenEndpoint
from formarelay.formaloo.models import (
    SERVICE,
    Row,
    RowPage,
    Submission,
    parse_row,
    parse_row_page,
    parse_submission,
)
from formarelay.formaloo.options import BASE_URL, FormalooOptions
from formarelay.formaloo.paging import crawl_rows
from formarelay.formaloo.reading import Reader
from formarelay.formaloo.route import Route
from formarelay.http import Http, QueryValues

__all__ = ["BASE_URL", "Formaloo", "FormalooOptions"]

_ROW = "rows/{row}/"
_ROWS = "forms/{form}/rows/"
SUBMIT = "form-displays/slug/{form}/submit/"
_ALIAS_FLAG = "submit_by_alias"
_PAGING_PARAMETERS = frozenset({"page", "page_size", "sort_by"})


class Formaloo:
    """Formaloo's API. Safe to share between threads.

    Reads are repeated after transient failures as `options.retry` says, and once with a new token
    after a 401. A submission is never repeated unless it was certainly refused for its key.

    Time: an attempt to read is one call as a rule, up to four when its token is too old and the
    next one is refused, and two more when the keys were rotated; each call ends within the
    timeouts. Who has little time gives `options.retry` one attempt.

    `reader` makes authenticated calls for the other parts of the API, with the same tokens.

    Args:
        http: Bound to `BASE_URL`, service `formaloo`.
        credentials: Where the pair of keys comes from.
        clock: Both of its clocks limit the life of a token.
        options: See `FormalooOptions`.
        sleep: Waits between repeated reads.
        random: Returns a number from 0 to 1; spreads those waits.
    """

    def __init__(
        self,
        http: Http,
        *,
        credentials: FormalooCredentialSource,
        clock: Clock,
        options: FormalooOptions | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        options = options or FormalooOptions()
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self._options = options
        tokens = TokenSource(
            credentials,
            mint=TokenEndpoint(http, clock=clock, options=options),
            clock=clock,
            longest_lifetime_seconds=options.token_lifetime_seconds,
        )
        self.reader = Reader(
            http, tokens=tokens, clock=clock, options=options, sleep=sleep, random=random
        )

    def get(
        self, path: str, params: QueryValues | None = None, **slugs: str
    ) -> Mapping[str, object]:
        """The `data` of an authenticated GET; only for reads, because it is repeated.

        Args:
            path: Below the version, as `forms/{form}/`. What stands in braces is replaced by the
                slug of that name, percent-encoded, and never appears in an error.
            params: Query parameters.
            slugs: See `path`.

        Raises:
            CredentialError: No token could be had, or the call was refused with two of them.
            NotFoundError: There is no such thing.
            InvalidRequestError: Refused for its content, or a slug cannot stand in a path.
            UnexpectedResponseError: A success without a `data` object, or around errors.
            FormaError: See `formarelay.errors`.
            ValueError: The call would rotate the keys, which is no read.
        """
        if "rotate" in (params or {}):
            raise ValueError("a rotation of keys must not be made by a call that is repeated")
        return self.reader.read(Route.of("GET", path, **slugs), params, parse=lambda data, _: data)

    def row(self, slug: str) -> Row:
        """One row by its own slug. A submit code is not one. Raises as `get`."""

        def parse(data: Mapping[str, object], operation: str) -> Row:
            return parse_row(data.get("row", data), operation=operation)

        return self.reader.read(Route.of("GET", _ROW, row=slug), None, parse=parse)

    def rows(
        self,
        form_slug: str,
        *,
        page_size: int = 50,
        sort_by: str = "created_at",
        filters: Mapping[str, str] | None = None,
    ) -> Iterator[Row]:
        """All rows of a form, each once, read page by page while the caller takes them.

        Oldest first by default, so that rows that arrive meanwhile come at the end. The token is
        looked at anew for each page. See `crawl_rows` for what happens to rows that are inserted or
        deleted meanwhile.

        Args:
            form_slug: The form's slug; its public address is not one.
            page_size: Rows asked for at a time; the provider may give fewer.
            sort_by: Field to sort by, `-` in front for descending order.
            filters: More query parameters, as `created_at_gte`.

        Raises:
            NotFoundError: There is no such form.
            UnexpectedResponseError: The pages do not end or contradict themselves.
            FormaError: See `get`.
            ValueError: `filters` holds a parameter of the paging itself.
        """
        if _PAGING_PARAMETERS & set(filters or {}):
            raise ValueError("filters must not hold page, page_size or sort_by")
        route = Route.of("GET", _ROWS, form=form_slug)

        def read_page(number: int) -> RowPage:
            params: dict[str, str | int] = {
                **(filters or {}),
                "page": number,
                "page_size": page_size,
                "sort_by": sort_by,
            }
            return self.reader.read(
                route,
                params,
                parse=lambda data, operation: parse_row_page(data, operation=operation),
            )

        return crawl_rows(
            read_page, page_size=page_size, most_requests=self._options.most_page_requests
        )

    def submit(
        self, form_slug: str, values: Mapping[str, object], *, by_alias: bool = False
    ) -> Submission:
        """Submit a form as the public does: with the API key, without an Authorization header.

        Not idempotent, and never repeated after a failure that leaves the outcome open. Only a 401,
        which proves that nothing was submitted, is answered by one repetition, with another API
        key if there is one.

        Args:
            form_slug: The form's slug; its public address is not one.
            values: Field slug, or alias when `by_alias`, to value. Never both in one call.
            by_alias: The keys of `values` are aliases.

        Raises:
            InvalidRequestError: Refused for its values; `problems` names the fields.
            NotFoundError: There is no such form.
            CredentialError: The API key was refused.
            OutcomeUnknownError: It may have been submitted: look for it before repeating it.
            FormaError: See `formarelay.errors`.
        """
        route = Route.of("POST", SUBMIT, form=form_slug)
        body = submission_body(values, by_alias=by_alias, operation=route.operation)
        response = with_working_pair(self._credentials, partial(self._post, route, body))
        return parse_submission(response, operation=route.operation)

    def _post(
        self, route: Route, body: Mapping[str, object], credentials: FormalooCredentials
    ) -> Mapping[str, object]:
        response = self._http.request(
            route.method,
            route.path(self._options.version),
            operation=route.operation,
            headers={"x-api-key": credentials.api_key.reveal()},
            json=body,
            read_timeout_seconds=self._options.timeouts.read_seconds,
        )
        return successful_body(response, now=self._clock.wall())


def submission_body(
    values: Mapping[str, object], *, by_alias: bool, operation: str
) -> dict[str, object]:
    """The body of a submission. Raises `InvalidRequestError` for the flag among the values."""
    if _ALIAS_FLAG in values:
        raise InvalidRequestError(
            f"{_ALIAS_FLAG} is an argument, not a value", service=SERVICE, operation=operation
        )
    return {**values, _ALIAS_FLAG: True} if by_alias else dict(values)
