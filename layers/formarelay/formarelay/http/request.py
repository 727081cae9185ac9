"""The port that clients call, and the rules that every request obeys before it leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote, urlencode

from formarelay.errors import InvalidRequestError
from formarelay.http.response import HttpResponse

JsonValue = Any
QueryValues = Mapping[str, str | int | Sequence[str] | None]
FormValues = Mapping[str, str]

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Printable ASCII. CR, LF and NUL would end the header, anything else is read differently by
# different servers.
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_PATH = re.compile(r"/[A-Za-z0-9/._~!$&'()*+,;=:@%-]*")


class Http(Protocol):
    """One exchange with one service. `HttpClient` is the real one."""

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        params: QueryValues | None = None,
        json: JsonValue = None,
        form: FormValues | None = None,
        read_timeout_seconds: float | None = None,
    ) -> HttpResponse:
        """Send once and return the complete answer, whatever its status.

        Never repeats, never follows a redirect.

        Args:
            method: The HTTP verb.
            path: Path below the base URL, beginning with `/`; identifiers percent-encoded.
            operation: Verb and route without identifiers, for errors: `GET emails/{id}`.
            headers: Added to the client's own.
            params: Query parameters; a None is left out, a sequence repeats its name.
            json: Sent as JSON when not None.
            form: Sent url-encoded when not None. Not together with `json`.
            read_timeout_seconds: Instead of the client's own; see `Timeouts`.

        Raises:
            ConnectionFailedError: Certainly not executed.
            OutcomeUnknownError: Perhaps executed.
            UnexpectedResponseError: A success whose body exceeds the size limit.
            InvalidRequestError: Not sent, because it cannot be sent safely.
        """
        ...


def check_headers(headers: Mapping[str, str]) -> str:
    """Name the first header that must not be sent; empty when all may. Never shows a value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            return "a header name holds a forbidden character"
        if not is_header_value(value):
            return f"the value of header {name} is empty or holds a forbidden character"
    return ""


def is_header_value(value: str) -> bool:
    """Whether the text can stand in a header: printable ASCII, no space at either end."""
    return _HEADER_VALUE.fullmatch(value) is not None


def check_path(path: str) -> str:
    """Say why the path must not be sent; empty when it may.

    Dot segments are refused because URL libraries resolve them, which would turn an identifier
    of `..` into another route.
    """
    if not _PATH.fullmatch(path):
        return "the path does not begin with / or holds a forbidden character"
    if any(segment in {".", ".."} for segment in unquote(path).split("/")):
        return "the path holds a dot segment"
    return ""


def encode_json(value: JsonValue) -> bytes | None:
    """UTF-8 JSON, None when the value has no JSON form (NaN, lone surrogates, endless depth)."""
    try:
        return json.dumps(
            value, allow_nan=False, ensure_ascii=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def encode_target(path: str, params: QueryValues | None) -> str:
    """Path and query as they stand in the request. ValueError when the query has no UTF-8."""
    pairs = [
        (name, one)
        for name, value in (params or {}).items()
        if value is not None
        for one in ([value] if isinstance(value, str | int) else value)
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def check_request(
    path: str, headers: Mapping[str, str], *, body: JsonValue, form: FormValues | None
) -> tuple[str, bytes | None]:
    """Apply every rule; the reason why it must not be sent (or empty) and the encoded JSON."""
    encoded = None if body is None else encode_json(body)
    if body is not None and form is not None:
        return "a request has one body", None
    if body is not None and encoded is None:
        return "the body cannot be written as JSON", None
    return check_path(path) or check_headers(headers), encoded


def refuse_request(problem: str, *, service: str, operation: str) -> InvalidRequestError:
    """The error for a request that must not be sent."""
    return InvalidRequestError(f"not sent: {problem}", service=service, operation=operation)
