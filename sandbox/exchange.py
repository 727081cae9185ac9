"""One request and its answer, free of the web framework, and the table that routes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True)
class Call:
    """A request as it arrived. `body` is empty until the request was admitted and read."""

    method: str
    path: str
    prefix: str
    query: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]
    arrived_at: float
    body: bytes = b""
    route: Route | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    key_id: str | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Scheme and host as the client addressed them."""
        return f"http://{self.headers.get('Host', '127.0.0.1')}"

    @property
    def route_path(self) -> str:
        """The path without the prefix, as routes and faults name it."""
        return self.path[len(self.prefix) :] or "/"


@dataclass(slots=True)
class Reply:
    """An answer, ready to be written or to be spoilt by a fault."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(status: int, document: object, *, headers: dict[str, str] | None = None) -> Reply:
    """Encode a document; the answer is always plain ASCII, whatever the strings hold."""
    return Reply(status, _encode(document).encode("ascii"), headers=headers or {})


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint. `access` and `rate_class` mean what the service that owns it says they mean."""

    method: str
    pattern: str
    handler: Callable[[Call], Reply]
    access: str = ""
    rate_class: str = "other"


class RouteTable:
    """Finds the route of a method and a path; `{name}` in a pattern stands for one segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._exact = {
            (route.method, route.pattern): route
            for route in self.routes
            if "{" not in route.pattern
        }
        self._open = [
            (route, route.pattern.split("/")) for route in self.routes if "{" in route.pattern
        ]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the values of its placeholders, or None."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        segments = path.split("/")
        for route, pattern in self._open:
            if route.method != method or len(pattern) != len(segments):
                continue
            values = _placeholder_values(pattern, segments)
            if values is not None:
                return route, values
        return None


def _placeholder_values(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for expected, actual in zip(pattern, segments, strict=True):
        if expected.startswith("{") and actual:
            values[expected[1:-1]] = actual
        elif expected != actual:
            return None
    return values


class Service(Protocol):
    """What the front needs of a provider's twin."""

    @property
    def name(self) -> str:
        """How the journal names it."""
        ...

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Where it is served; a longer prefix before the shorter one that begins it."""
        ...

    def admit(self, call: Call, /) -> Reply | None:
        """Judge the request at its arrival, before its body is read; a reply ends it here."""
        ...

    def answer(self, call: Call, /) -> Reply:
        """Execute an admitted request whose body was read."""
        ...

    def refuse(self, call: Call, /, *, status: int) -> Reply:
        """An error of that status in the provider's own words."""
        ...

    def complete(self, call: Call, reply: Reply, /) -> None:
        """Add what the provider adds to every answer, errors included."""
        ...
