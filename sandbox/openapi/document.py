"""The whole document."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType

from sandbox.openapi import control, forma_mail, formaloo, webhooks
from sandbox.openapi.parts import Operation, Schema, document

# Each is served under further prefixes, with the same answers.
FORMA_MAIL, FORMALOO, CONTROL = "/api/v1", "/v3.0", "/_sandbox"
_PARTS: tuple[tuple[str, dict[tuple[str, str], Operation], Schema], ...] = (
    (FORMA_MAIL, forma_mail.OPERATIONS | webhooks.FORMA_MAIL, forma_mail.ERROR),
    (FORMALOO, formaloo.OPERATIONS | webhooks.FORMALOO, formaloo.ERROR),
    (CONTROL, control.OPERATIONS | webhooks.CONTROL, control.ERROR),
)
_SCHEMES = MappingProxyType(
    {
        forma_mail.KEY: {"type": "http", "scheme": "bearer", "description": "An API key"},
        forma_mail.SESSION: {"type": "http", "scheme": "bearer", "description": "Of a login"},
        formaloo.API_KEY: {"type": "apiKey", "in": "header", "name": "x-api-key"},
        formaloo.TOKEN: {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "JWT and a token",
        },
        formaloo.SECRET: {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Basic and the secret key as it is",
        },
    }
)


@cache
def openapi_document() -> dict[str, object]:
    """OpenAPI 3.1 of all that is served, as it answers under the default profile."""
    paths: dict[str, dict[str, object]] = {}
    for prefix, operations, error in _PARTS:
        for (method, pattern), operation in operations.items():
            if prefix == CONTROL and method != "GET":
                # To a page that came from elsewhere.
                operation = replace(operation, errors=(403, *operation.errors))
            described = document(operation, pattern=pattern, error=error)
            paths.setdefault(prefix + pattern, {})[method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sandbox of Forma Mail and Formaloo",
            "version": "1",
            "description": "Loopback only. Knobs of the profile change statuses and shapes.",
        },
        "paths": paths,
        "components": {"securitySchemes": dict(_SCHEMES)},
    }
