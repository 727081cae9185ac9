"""One TLS context for whoever trusts the same authorities."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import certifi

from formarelay.errors import SettingsError


def shared_ssl_context(ca_bundle: str | None, service: str) -> ssl.SSLContext:
    """One context for all connections of all clients that trust this bundle, by default the one
    of the Mozilla Foundation: loading its authorities costs tens of milliseconds.

    Raises:
        SettingsError: The bundle cannot be read.
    """
    try:
        return _context(ca_bundle or certifi.where())
    except OSError:
        raise SettingsError("the CA bundle cannot be read", service=service) from None


@cache
def _context(ca_bundle: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_no_second_time(context, ca_bundle)
    return context


def _load_no_second_time(context: ssl.SSLContext, ca_bundle: str) -> None:
    """Makes the context ignore that it shall load the bundle that it has loaded.

    botocore has every new connection load it again. One that changes on disk is seen by the next
    process only.
    """
    load = context.load_verify_locations

    def load_others(cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if (cafile, capath, cadata) != (ca_bundle, None, None):
            load(cafile, capath, cadata)

    context.load_verify_locations = load_others  # type: ignore[method-assign]
