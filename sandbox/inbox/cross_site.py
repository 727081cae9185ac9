"""Who may change something: the inbox's own forms, and a person's own commands."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_OWN_NAMES = ("127.0.0.1", "localhost", "::1")


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether a request may have been made by a page of somebody else's.

    A name that only points to this machine is somebody else's, too. Commands send neither `Origin`
    nor `Sec-Fetch-Site`; browsers always say one of them with a form.
    """
    host = headers.get("Host", "")
    if _name_of(f"//{host}") not in _OWN_NAMES:
        return True
    origin = headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return True
    return headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
