"""Checks what an `HttpClient` stands on."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from formarelay.errors import SettingsError


def checked_base_url(base_url: str, service: str) -> SplitResult:
    """The parts of an `https` URL, or of an `http` one to this machine, else `SettingsError`."""
    try:
        parts = urlsplit(base_url)
        port_is_valid = parts.port != 0
    except ValueError:
        raise SettingsError("the base URL is not a URL", service=service) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if not (parts.hostname and plain and port_is_valid):
        raise SettingsError(
            "the base URL must be https://host[:port][/path] and nothing more", service=service
        )
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return parts
    raise SettingsError("the base URL must begin with https://", service=service)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
