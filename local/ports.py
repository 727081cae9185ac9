"""The two ports of the stack: those that the environment names, else free ones."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack, closing

from local.errors import LocalStackError

HOST = "127.0.0.1"
EMULATOR_PORT_ENV = "LOCAL_AWS_PORT"
SANDBOX_PORT_ENV = "SANDBOX_PORT"
_HIGHEST_PORT = 65535


def requested_port(environment: Mapping[str, str], *, name: str) -> int | None:
    """The port that the variable asks for, None when it is unset or empty.

    Raises LocalStackError when it is no port number.
    """
    text = environment.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _HIGHEST_PORT:
        raise LocalStackError(f"{name} must be a port number from 1 to {_HIGHEST_PORT}: {text}")
    return int(text)


def ensure_free(port: int, *, name: str) -> None:
    """Raises LocalStackError when something listens on the port."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = error.strerror or "unknown"
            raise LocalStackError(f"{name}={port} cannot be used: {reason}") from error


def free_ports(count: int) -> list[int]:
    """That many different ports that were free a moment ago."""
    with ExitStack() as held:
        probes = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
