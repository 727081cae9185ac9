"""Keys made, listed and revoked by the dashboard of Forma Mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from formarelay.errors import InvalidRequestError, KeyLimitError
from formarelay.formamail.channel import SERVICE
from formarelay.formamail.dashboard_session import (
    DashboardPaths,
    DashboardSession,
    object_of,
    unexpected,
)
from formarelay.formamail.key_check import KeyCheck
from formarelay.http import HttpResponse
from formarelay.keys import FORMA_MAIL_KEY, Credential, IssuedKey, KeyRequest, KeyStatus, MintedKey
from formarelay.redact import Secret
from formarelay.retry import number_from

CREATE = "POST api-keys"
LIST = "GET api-keys"
REVOKE = "POST api-keys/{id}/revoke"
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_PAGE_SIZE = 100
# Ours: far more keys than any plan has; more pages are a server that never ends.
_MOST_PAGES = 50


class DashboardIssuer:
    """Issues keys as a person would, by the dashboard's own calls.

    Args:
        session: Logged in as somebody who may manage keys.
        check: Calls with a key itself.
        paths: The same as the session's.
    """

    def __init__(
        self, session: DashboardSession, *, check: KeyCheck, paths: DashboardPaths
    ) -> None:
        self._session = session
        self._check = check
        self._paths = paths

    def create(self, request: KeyRequest) -> MintedKey:
        """A new key. Its value is shown this once.

        Raises:
            KeyLimitError: There are as many keys as the provider allows; none was made.
            OutcomeUnknownError: Perhaps made: look for its name before making another.
            FormaError: Not made; see `formarelay.errors`.
        """
        expires_at = datetime.fromtimestamp(request.expires_at, UTC)
        body: dict[str, object] = {
            "name": request.name,
            "description": request.description,
            "permissions": list(request.permissions),
            "expiresAt": expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        if request.rate_limit is not None:
            body["rateLimit"] = request.rate_limit
        try:
            response = self._session.call("POST", self._paths.keys, operation=CREATE, json=body)
        except InvalidRequestError as error:
            if error.status == 409:
                raise KeyLimitError(
                    "the provider makes no further key before another one is revoked",
                    service=SERVICE,
                    operation=CREATE,
                    status=error.status,
                    code=error.code,
                ) from None
            raise
        data = object_of(response)
        value = data.get("apiKey")
        if not isinstance(value, str) or not FORMA_MAIL_KEY.fullmatch(value):
            raise unexpected("apiKey is missing or does not look like a key", response)
        return MintedKey(key_id=_id(data, response), value=Secret(value))

    def list_keys(self) -> list[IssuedKey]:
        """Every key of the account, from all pages, whatever its status.

        Raises:
            UnexpectedResponseError: A page cannot be read whole, so a key may be missing.
            FormaError: See `formarelay.errors`.
        """
        keys: dict[str, IssuedKey] = {}
        for number in range(1, _MOST_PAGES + 1):
            response = self._session.call(
                "GET",
                self._paths.keys,
                operation=LIST,
                params={"page": number, "limit": _PAGE_SIZE},
            )
            items, total = _page(response)
            known = len(keys)
            keys |= {key.key_id: key for key in (_key(item, response) for item in items)}
            if (total is None and not items) or (total is not None and len(keys) >= total):
                return list(keys.values())
            if len(keys) == known:
                break
        raise unexpected("the pages of keys repeat or end before all are shown", response)

    def revoke(self, key_id: str) -> None:
        """Ends the key for good. Safe to repeat.

        Raises:
            NotFoundError: There is no key of this id.
            UnexpectedResponseError: The answer does not say that it is revoked.
            FormaError: See `formarelay.errors`.
        """
        path = self._paths.revoke.replace("{id}", quote(key_id, safe=""))
        response = self._session.call("POST", path, operation=REVOKE)
        if object_of(response).get("status") != KeyStatus.REVOKED:
            raise unexpected("the answer does not say that the key is revoked", response)

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None:
        """See `KeyCheck.check`."""
        self._check.check(credential["api_key"], permissions=permissions)

    def is_refused(self, credential: Credential) -> bool:
        """See `KeyCheck.is_refused`."""
        return self._check.is_refused(credential["api_key"])


def _page(response: HttpResponse) -> tuple[list[Any], int | None]:
    document = response.json()
    items = document.get("data") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise unexpected("a list of keys was promised", response)
    meta = document.get("meta")
    total = number_from(meta.get("total")) if isinstance(meta, dict) else None
    return items, None if total is None else int(total)


def _key(item: Any, response: HttpResponse) -> IssuedKey:
    if not isinstance(item, dict):
        raise unexpected("a key was promised", response)
    name, status = item.get("name"), item.get("status")
    if not isinstance(name, str):
        raise unexpected("the name of a key was promised", response)
    if status not in list(KeyStatus):
        raise unexpected("the status of a key is none of active, expired, revoked", response)
    permissions = item.get("permissions")
    rate_limit = number_from(item.get("rateLimit"))
    return IssuedKey(
        key_id=_id(item, response),
        name=name,
        status=KeyStatus(status),
        permissions=tuple(word for word in permissions if isinstance(word, str))
        if isinstance(permissions, list)
        else (),
        created_at=_instant(item.get("createdAt")),
        last_used_at=_last_used(item, response),
        expires_at=_instant(item.get("expiresAt")),
        rate_limit=None if rate_limit is None else int(rate_limit),
    )


def _id(item: dict[str, Any], response: HttpResponse) -> str:
    key_id = item.get("id")
    if not isinstance(key_id, str) or not _ID.fullmatch(key_id):
        raise unexpected("the id of a key was promised", response)
    return key_id


def _last_used(item: dict[str, Any], response: HttpResponse) -> float | None:
    """None only where the provider says never: a key that is in use must not look unused."""
    told = item.get("lastUsedAt")
    instant = _instant(told)
    if told is not None and instant is None:
        raise unexpected("lastUsedAt of a key cannot be read", response)
    return instant


def _instant(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    except (ValueError, OverflowError):
        return None
