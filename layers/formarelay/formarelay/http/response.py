"""What came back: status, headers and the whole body, no connection behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from formarelay.errors import UnexpectedResponseError


class Headers(Mapping[str, str]):
    """An immutable mapping whose keys match in any case."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({sorted(self._values)})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HttpResponse:
    """A complete answer of any status. `repr()` shows neither body nor header values.

    The body of an answer of status 400 or above is empty when it could not be read to its end:
    there the status alone decides.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    service: str = ""
    operation: str = ""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            UnexpectedResponseError: The body is not JSON. NaN and Infinity are not JSON.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            problem = "the body is not JSON" if self.body else "the body is empty"
        raise UnexpectedResponseError(
            problem, service=self.service, operation=self.operation, status=self.status
        )

    def json_or_none(self) -> Any:
        """The body as JSON, None when it is not JSON: for reading error answers."""
        try:
            return self.json()
        except UnexpectedResponseError:
            return None

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status} of {self.operation}, {len(self.body)} bytes>"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
