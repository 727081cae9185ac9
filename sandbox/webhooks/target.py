"""Where deliveries may go: to this machine and nowhere else."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LONGEST_URL = 512  # Formaloo's OpenAPI
_RULE = (
    "must be an http:// URL on this machine (127.0.0.1, [::1] or localhost):"
    " the sandbox sends nothing anywhere else"
)


def url_problem(url: object) -> str | None:
    """What is wrong with a URL for deliveries, or None. No name is looked up."""
    if not isinstance(url, str) or not 1 <= len(url) <= LONGEST_URL:
        return f"must be a URL of at most {LONGEST_URL} characters"
    if not url.isascii() or not url.isprintable() or " " in url:
        return _RULE
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _RULE
    if parts.scheme != "http" or port == 0 or "@" in parts.netloc or not _is_loopback(host):
        return _RULE
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
