"""Checks and builds what an `HttpClient` stands on."""

from __future__ import annotations

import ipaddress
import ssl
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import SplitResult, urlsplit

import certifi
import requests

from formarelay.errors import SettingsError
from formarelay.http.connection import Adapter


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer is a redirect; the original reads a redirect's body without limit."""


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


def shared_ssl_context(ca_bundle: str | None, service: str) -> ssl.SSLContext:
    """One context for all connections of all clients: loading the authorities costs tens of
    milliseconds."""
    try:
        return _context(ca_bundle or certifi.where())
    except OSError:
        raise SettingsError("the CA bundle cannot be read", service=service) from None


@cache
def _context(ca_bundle: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def new_session(user_agent: str, adapter: Adapter) -> requests.Session:
    """A session that follows, stores and inherits nothing."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    # Uncompressed, so that the size limit holds for what is transferred and what is held alike.
    session.headers.update(
        {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
    )
    session.adapters.clear()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
