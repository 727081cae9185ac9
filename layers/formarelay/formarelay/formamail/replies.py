"""Reads Forma Mail's answers, in both of its dialects, bare or inside `data`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from formarelay.errors import RateLimit, UnexpectedResponseError
from formarelay.formamail.models import (
    Accepted,
    Allowance,
    BlockedRecipient,
    Email,
    EmailPage,
    SendRequest,
    Usage,
)
from formarelay.http import ErrorDetail, HttpResponse, rate_limit_from
from formarelay.retry import number_from, seconds_in_text

# Ids go into paths, logs and the ledger.
_ID = re.compile(r"[\x21-\x7e]{1,256}")


def describe(response: HttpResponse) -> ErrorDetail:
    """Read an error body: `code` (seed, docs) or `error` (SDKs), fields at fault, advised wait."""
    document = response.json_or_none()
    if not isinstance(document, dict):
        return ErrorDetail()
    # Only here, so that a mail that is accepted does not pay for the table.
    from formarelay.formamail.codes import suggested_action

    code = text_of(document.get("code")) or text_of(document.get("error"))
    wait = number_from(document.get("retryAfter"))
    return ErrorDetail(
        code=code,
        suggested_action=suggested_action(code),
        problems=_problems(document.get("relatedInfo")),
        retry_after_seconds=seconds_in_text(document.get("message")) if wait is None else wait,
    )


def accepted_from(response: HttpResponse, request: SendRequest) -> Accepted:
    """Read the answer to a send.

    Raises:
        UnexpectedResponseError: It names no mail; never taken for a success.
    """
    data = object_of(response)
    blocked = tuple(_blocked(item) for item in list_of(data.get("blockedRecipients")))
    blocked_addresses = {recipient.email.casefold() for recipient in blocked}
    return Accepted(
        email_id=id_of(data, response),
        status=text_of(data.get("status")),
        blocked_recipients=blocked,
        all_blocked={person.email.casefold() for person in request.to} <= blocked_addresses,
        warning=text_of(data.get("warning")),
        rate=rate_limit_from(response.headers),
    )


def email_from(response: HttpResponse) -> Email:
    """Read one mail. Raises `UnexpectedResponseError` when it has no id."""
    return _email(object_of(response), response, rate=rate_limit_from(response.headers))


def page_from(response: HttpResponse) -> EmailPage:
    """Read one page of mails.

    Raises:
        UnexpectedResponseError: There is no list, or a mail in it has no id: a page that cannot
            be read whole proves nothing about what it lacks.
    """
    items, meta = items_of(response)
    return EmailPage(
        emails=tuple(_email(item, response) for item in items),
        total=count_of(meta.get("total")),
        total_pages=count_of(meta.get("totalPages")),
        rate=rate_limit_from(response.headers),
    )


def usage_from(response: HttpResponse) -> Usage:
    """Read the usage. Raises `UnexpectedResponseError` when no number of what was used is there."""
    data = object_of(response)
    email, attachment = _allowance(data.get("email")), _allowance(data.get("attachment"))
    if email is None and attachment is None:
        raise unexpected("the number of mails used was promised", response)
    return Usage(
        email=email,
        attachment=attachment,
        billing_period=text_of(data.get("billingPeriod")),
        rate=rate_limit_from(response.headers),
    )


def items_of(response: HttpResponse) -> tuple[list[Any], Mapping[str, Any]]:
    """The list in an answer, bare or in `data`, and its `meta`, empty where there is none.

    Raises:
        UnexpectedResponseError: There is no list.
    """
    document = response.json()
    _refuse_failure(document, response)
    items, meta = document, None
    if isinstance(document, dict):
        items, meta = document.get("data"), document.get("meta")
    if not isinstance(items, list):
        raise unexpected("a list was promised", response)
    return items, meta if isinstance(meta, dict) else {}


def object_of(response: HttpResponse) -> Mapping[str, Any]:
    """The object in an answer, bare or in `data`; `UnexpectedResponseError` without one."""
    document = response.json()
    _refuse_failure(document, response)
    data = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise unexpected("a JSON object was promised", response)
    return data


def _refuse_failure(document: Any, response: HttpResponse) -> None:
    if isinstance(document, dict) and document.get("success", True) is not True:
        raise unexpected("the body denies the success that the status claims", response)


def unexpected(problem: str, response: HttpResponse) -> UnexpectedResponseError:
    """The error for a success status around something else than was promised."""
    return UnexpectedResponseError(
        problem, service=response.service, operation=response.operation, status=response.status
    )


def _email(item: Any, response: HttpResponse, *, rate: RateLimit | None = None) -> Email:
    if not isinstance(item, dict):
        raise unexpected("a mail was promised", response)
    metadata = item.get("metadata")
    return Email(
        id=id_of(item, response),
        status=text_of(item.get("status")),
        template_id=text_of(item.get("templateId")),
        to=tuple(_address(person) for person in list_of(item.get("to"))),
        tags=tuple(tag for tag in list_of(item.get("tags")) if isinstance(tag, str)),
        metadata=metadata if isinstance(metadata, dict) else {},
        created_at=text_of(item.get("createdAt")),
        scheduled_at=text_of(item.get("scheduledAt")),
        sent_at=text_of(item.get("sentAt")),
        delivered_at=text_of(item.get("deliveredAt")),
        failed_at=text_of(item.get("failedAt")),
        error_message=text_of(item.get("errorMessage")),
        rate=rate,
    )


def id_of(item: Mapping[str, Any], response: HttpResponse) -> str:
    """The provider's id of a thing; `UnexpectedResponseError` where there is no usable one."""
    # The docs' attachment sample says `emailId`, everything else `id`.
    for name in ("id", "emailId"):
        value = item.get(name)
        if isinstance(value, str) and _ID.fullmatch(value):
            return value
    raise unexpected("an id was promised", response)


def _blocked(item: Any) -> BlockedRecipient:
    fields = item if isinstance(item, dict) else {}
    return BlockedRecipient(
        email=_address(item),
        reason=text_of(fields.get("reason")),
        source=text_of(fields.get("source")),
    )


def _address(item: Any) -> str:
    # Written as objects, read as strings.
    return text_of(item.get("email") if isinstance(item, dict) else item)


def _problems(related_info: Any) -> tuple[str, ...]:
    errors = list_of(related_info.get("errors")) if isinstance(related_info, dict) else []
    return tuple(text_of(error.get("field")) for error in errors if isinstance(error, dict))


def _allowance(item: Any) -> Allowance | None:
    if not isinstance(item, dict):
        return None
    used = _integer(item.get("used"))
    if used is None:
        return None
    return Allowance(
        used=used,
        limit=_integer(item.get("limit")),
        remaining=_integer(item.get("remaining")),
        percent_used=_number(item.get("percentUsed")),
    )


def _number(value: Any) -> float | None:
    """Any finite JSON number, negative ones too: whoever uses it judges it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _integer(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def count_of(value: Any) -> int | None:
    """A whole number from 0; None for anything else."""
    number = number_from(value)
    return None if number is None else int(number)


def text_of(value: Any) -> str:
    """The text, empty when it is none."""
    return value if isinstance(value, str) else ""


def list_of(value: Any) -> list[Any]:
    """The list, empty when it is none."""
    return value if isinstance(value, list) else []
