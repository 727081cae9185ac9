"""Reads Forma Mail's answers, in both of its dialects, bare or inside `data`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from formarelay.errors import UnexpectedResponseError
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
    wait = number_from(document.get("retryAfter"))
    return ErrorDetail(
        code=_text(document.get("code")) or _text(document.get("error")),
        problems=_problems(document.get("relatedInfo")),
        retry_after_seconds=seconds_in_text(document.get("message")) if wait is None else wait,
    )


def accepted_from(response: HttpResponse, request: SendRequest) -> Accepted:
    """Read the answer to a send.

    Raises:
        UnexpectedResponseError: It names no mail; never taken for a success.
    """
    data = _object(response)
    blocked = tuple(_blocked(item) for item in _list(data.get("blockedRecipients")))
    blocked_addresses = {recipient.email.casefold() for recipient in blocked}
    return Accepted(
        email_id=_id(data, response),
        status=_text(data.get("status")),
        blocked_recipients=blocked,
        all_blocked={person.email.casefold() for person in request.to} <= blocked_addresses,
        warning=_text(data.get("warning")),
        rate=rate_limit_from(response.headers),
    )


def email_from(response: HttpResponse) -> Email:
    """Read one mail. Raises `UnexpectedResponseError` when it has no id."""
    return _email(_object(response), response)


def page_from(response: HttpResponse) -> EmailPage:
    """Read one page of mails.

    Raises:
        UnexpectedResponseError: There is no list, or a mail in it has no id: a page that cannot
            be read whole proves nothing about what it lacks.
    """
    document = response.json()
    _refuse_failure(document, response)
    items, meta = document, None
    if isinstance(document, dict):
        items, meta = document.get("data"), document.get("meta")
    if not isinstance(items, list):
        raise _unexpected("a list of mails was promised", response)
    meta = meta if isinstance(meta, dict) else {}
    return EmailPage(
        emails=tuple(_email(item, response) for item in items),
        total=_count(meta.get("total")),
        total_pages=_count(meta.get("totalPages")),
        rate=rate_limit_from(response.headers),
    )


def usage_from(response: HttpResponse) -> Usage:
    """Read the usage. Raises `UnexpectedResponseError` when no number of what was used is there."""
    data = _object(response)
    email, attachment = _allowance(data.get("email")), _allowance(data.get("attachment"))
    if email is None and attachment is None:
        raise _unexpected("the number of mails used was promised", response)
    return Usage(
        email=email,
        attachment=attachment,
        billing_period=_text(data.get("billingPeriod")),
        rate=rate_limit_from(response.headers),
    )


def _object(response: HttpResponse) -> Mapping[str, Any]:
    document = response.json()
    _refuse_failure(document, response)
    data = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise _unexpected("a JSON object was promised", response)
    return data


def _refuse_failure(document: Any, response: HttpResponse) -> None:
    if isinstance(document, dict) and document.get("success", True) is not True:
        raise _unexpected("the body denies the success that the status claims", response)


def _unexpected(problem: str, response: HttpResponse) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        problem, service=response.service, operation=response.operation, status=response.status
    )


def _email(item: Any, response: HttpResponse) -> Email:
    if not isinstance(item, dict):
        raise _unexpected("a mail was promised", response)
    metadata = item.get("metadata")
    return Email(
        id=_id(item, response),
        status=_text(item.get("status")),
        template_id=_text(item.get("templateId")),
        to=tuple(_address(person) for person in _list(item.get("to"))),
        tags=tuple(tag for tag in _list(item.get("tags")) if isinstance(tag, str)),
        metadata=metadata if isinstance(metadata, dict) else {},
        created_at=_text(item.get("createdAt")),
        scheduled_at=_text(item.get("scheduledAt")),
        sent_at=_text(item.get("sentAt")),
        delivered_at=_text(item.get("deliveredAt")),
        failed_at=_text(item.get("failedAt")),
        error_message=_text(item.get("errorMessage")),
    )


def _id(item: Mapping[str, Any], response: HttpResponse) -> str:
    # The docs' attachment sample says `emailId`, everything else `id`.
    for name in ("id", "emailId"):
        value = item.get(name)
        if isinstance(value, str) and _ID.fullmatch(value):
            return value
    raise _unexpected("the id of a mail was promised", response)


def _blocked(item: Any) -> BlockedRecipient:
    fields = item if isinstance(item, dict) else {}
    return BlockedRecipient(
        email=_address(item),
        reason=_text(fields.get("reason")),
        source=_text(fields.get("source")),
    )


def _address(item: Any) -> str:
    # Written as objects, read as strings.
    return _text(item.get("email") if isinstance(item, dict) else item)


def _problems(related_info: Any) -> tuple[str, ...]:
    errors = _list(related_info.get("errors")) if isinstance(related_info, dict) else []
    return tuple(_text(error.get("field")) for error in errors if isinstance(error, dict))


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


def _count(value: Any) -> int | None:
    number = number_from(value)
    return None if number is None else int(number)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
