"""The one place where a failure of the transport becomes an error of ours."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import urllib3.exceptions

from formarelay.errors import ConnectionFailedError, OutcomeUnknownError, TransientError

_LONGEST_CHAIN = 12
# The first that fits any link of the chain of causes names the failure.
_NAMES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the host name cannot be resolved"),
    (ssl.SSLCertVerificationError, "the certificate was not accepted"),
    (TimeoutError, "timed out"),
    (ConnectionRefusedError, "the connection was refused"),
    (http.client.RemoteDisconnected, "the connection was closed without an answer"),
    (ConnectionResetError, "the connection was reset"),
    (BrokenPipeError, "the connection was reset"),
    (ssl.SSLError, "the TLS connection failed"),
    (http.client.IncompleteRead, "the answer broke off"),
    (urllib3.exceptions.IncompleteRead, "the answer broke off"),
    (urllib3.exceptions.DecodeError, "the answer cannot be decoded"),
    (http.client.HTTPException, "the answer is not HTTP"),
    (urllib3.exceptions.ProtocolError, "the answer is not HTTP"),
    # Last, because the library derives its NewConnectionError from it.
    (urllib3.exceptions.TimeoutError, "timed out"),
)


def transport_error(
    error: BaseException, *, executable: bool, service: str, operation: str
) -> TransientError:
    """Classify by what the service can have received, never by the kind of the failure.

    Args:
        error: What the HTTP library raised. It may hold the request with its credential, so
            nothing of its text is used.
        executable: Whether the service may have received enough to execute the request.
        service: For the error.
        operation: For the error.
    """
    what = next(
        (name for kind, name in _NAMES if any(isinstance(link, kind) for link in _chain(error))),
        "the connection failed",
    )
    if executable:
        return OutcomeUnknownError(
            f"no complete answer: {what}", service=service, operation=operation
        )
    return ConnectionFailedError(f"not sent: {what}", service=service, operation=operation)


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if link is None:
            return
        yield link
        reason = getattr(link, "reason", None)
        yield from (argument for argument in link.args if isinstance(argument, BaseException))
        link = (
            link.__cause__
            or link.__context__
            or (reason if isinstance(reason, BaseException) else None)
        )
