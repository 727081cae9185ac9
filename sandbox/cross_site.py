"""Who may change something: the sandbox's own pages, and a person's own commands."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_OWN_NAMES = ("127.0.0.1", "localhost", "::1")


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether a form may have been sent by a page of somebody else's.

    A name that only points to this machine is somebody else's, too.
    """
    return _name_of(f"//{headers.get('Host', '')}") not in _OWN_NAMES or is_foreign_page(headers)


def is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Whether a request was made by a page that came from elsewhere than where it goes.

    Commands send neither `Origin` nor `Sec-Fetch-Site`; browsers always say one of them with
    whatever may change something.
    """
    origin = headers.get("Origin")
    if origin is not None and origin != f"http://{headers.get('Host', '')}":
        return True
    return headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
