"""Formaloo's envelope: `{status, errors: {general_errors, form_errors}, data}`, read tolerantly.

The HTTP status decides; the status in the body is informational. Error texts may quote what a
person typed into a form, so none of them leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from formarelay.errors import InvalidRequestError, UnexpectedResponseError
from formarelay.http import ErrorDetail, HttpResponse, raise_for_status
from formarelay.retry import seconds_in_text

_FIELD_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def successful_body(response: HttpResponse, *, now: float) -> Mapping[str, object]:
    """The body of an answer that reports success and means it.

    Args:
        response: The answer.
        now: Unix seconds; see `raise_for_status`.

    Raises:
        InvalidRequestError: A success status around field errors; `problems` names the fields.
        UnexpectedResponseError: A success status around other errors, or without a JSON object.
        FormaError: Another status; see `raise_for_status`.
    """
    raise_for_status(response, describe=describe_error, now=now)
    body = response.json()
    if not isinstance(body, dict):
        raise _unexpected("the body is not a JSON object", response)
    errors = body.get("errors")
    if _names_errors(errors):
        problems = _problems(errors)
        if problems:
            raise InvalidRequestError(
                "a success status, but field errors",
                problems=problems,
                service=response.service,
                operation=response.operation,
                status=response.status,
            )
        raise _unexpected("a success status, but errors", response)
    return body


def data_of(response: HttpResponse, *, now: float) -> Mapping[str, object]:
    """The `data` object of a successful answer. Raises as `successful_body`, and
    `UnexpectedResponseError` when there is none, as in an empty 204.
    """
    data = successful_body(response, now=now).get("data")
    if not isinstance(data, dict):
        raise _unexpected("the answer has no data object", response)
    return data


def describe_error(response: HttpResponse) -> ErrorDetail:
    """What an error body says: the envelope, `{detail}`, `{error}`, `{message}` or no JSON."""
    body = response.json_or_none()
    if not isinstance(body, dict):
        return ErrorDetail()
    return ErrorDetail(
        problems=_problems(body.get("errors")), retry_after_seconds=_advised_seconds(body)
    )


def _names_errors(errors: object) -> bool:
    return any(errors.values()) if isinstance(errors, dict) else bool(errors)


def _problems(errors: object) -> tuple[str, ...]:
    form_errors = errors.get("form_errors") if isinstance(errors, dict) else None
    if not isinstance(form_errors, dict):
        return ()
    return tuple(
        name for name, fault in form_errors.items() if fault and _FIELD_NAME.fullmatch(name)
    )


def _advised_seconds(body: Mapping[str, object]) -> float | None:
    errors = body.get("errors")
    general = errors.get("general_errors") if isinstance(errors, dict) else None
    texts = [
        *(general if isinstance(general, list) else []),
        body.get("detail"),
        body.get("message"),
    ]
    found = (seconds_in_text(text) for text in texts)
    return next((seconds for seconds in found if seconds is not None), None)


def _unexpected(detail: str, response: HttpResponse) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        detail, service=response.service, operation=response.operation, status=response.status
    )
