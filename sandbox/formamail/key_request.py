"""The bodies of the dashboard's calls, checked."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import parse_instant
from sandbox.formamail.account import Login
from sandbox.formamail.body import document_of
from sandbox.formamail.checks import Problems
from sandbox.formamail.envelope import invalid
from sandbox.formamail.keys import MAXIMUM_RATE_LIMIT, PERMISSIONS

_LONGEST_NAME = 100  # undocumented
_LONGEST_DESCRIPTION = 500  # undocumented


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """The properties that a new key shall have (seed, Creating an API Key)."""

    name: str
    description: str | None
    permissions: tuple[str, ...]
    expires_at: float | None
    rate_limit: int | None


def parse_login(body: bytes) -> Login:
    """The body of `POST auth/login`.

    Raises:
        RefusalError: 400 with every fault found; the text never quotes what was given.
    """
    document = document_of(body)
    problems: Problems = []
    email = _line(document.get("email"), "email", longest=320, problems=problems)
    password = _line(document.get("password"), "password", longest=1000, problems=problems)
    if problems:
        raise invalid(problems)
    return Login(email, password)


def parse_key(body: bytes, *, now: float) -> KeyRequest:
    """The body of `POST api-keys`. Fields that nobody named are ignored, and null is absent.

    Raises:
        RefusalError: 400 with every fault found.
    """
    document = document_of(body)
    problems: Problems = []
    request = KeyRequest(
        _line(document.get("name"), "name", longest=_LONGEST_NAME, problems=problems),
        _description(document.get("description"), problems=problems),
        _permissions(document.get("permissions"), problems=problems),
        _expiry(document.get("expiresAt"), now=now, problems=problems),
        _rate_limit(document.get("rateLimit"), problems=problems),
    )
    if problems:
        raise invalid(problems)
    return request


def _line(value: object, field: str, *, longest: int, problems: Problems) -> str:
    if isinstance(value, str) and 1 <= len(value) <= longest and value.isprintable():
        return value
    problems.append((field, f"must be a string of 1 to {longest} printable characters"))
    return ""


def _description(value: object, *, problems: Problems) -> str | None:
    if value is None or value == "":
        return None
    return _line(value, "description", longest=_LONGEST_DESCRIPTION, problems=problems)


def _permissions(value: object, *, problems: Problems) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(item in PERMISSIONS for item in value):
        return tuple(dict.fromkeys(value))
    problems.append(("permissions", f"must be a non-empty array of {', '.join(PERMISSIONS)}"))
    return ()


def _expiry(value: object, *, now: float, problems: Problems) -> float | None:
    if value is None:
        return None
    try:
        expires_at = parse_instant(value) if isinstance(value, str) else 0.0
    except ValueError:
        expires_at = 0.0
    if expires_at <= now:
        problems.append(("expiresAt", "must be an ISO 8601 date in the future"))
    return expires_at


def _rate_limit(value: object, *, problems: Problems) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and isinstance(value, int) and 1 <= value <= MAXIMUM_RATE_LIMIT:
        return value
    problems.append(("rateLimit", f"must be a whole number from 1 to {MAXIMUM_RATE_LIMIT}"))
    return None
