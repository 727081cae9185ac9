"""The one call that turns the secret key into a token."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from formarelay.clock import Clock
from formarelay.errors import (
    CredentialError,
    PermanentError,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from formarelay.formaloo.auth import MintedToken
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formaloo.envelope import describe_error
from formarelay.formaloo.options import FormalooOptions
from formarelay.http import Http, raise_for_status
from formarelay.http.request import is_header_value
from formarelay.redact import Secret

OPERATION = "POST oauth2/authorization-token/"


class TokenEndpoint:
    """Mints tokens. Each call is one request; safe to repeat, as the number of tokens is free.

    Args:
        http: Bound to Formaloo's base URL.
        clock: For waits that the provider advises.
        options: See `FormalooOptions`.
    """

    def __init__(self, http: Http, *, clock: Clock, options: FormalooOptions) -> None:
        self._http = http
        self._clock = clock
        self._options = options

    def __call__(self, credentials: FormalooCredentials) -> MintedToken:
        """A new token.

        Raises:
            CredentialError: The endpoint refused us with any 4xx that blames the request. A request
                for a token has no other content than the pair, so this is never the fault of the
                call that needs it: not its 400 nor its 404.
            UnexpectedResponseError: A success without a usable token.
            FormaError: Any other failure; see `formarelay.errors`.
        """
        # The secret key goes verbatim; encoding it as HTTP's Basic scheme does is refused.
        headers = {"Authorization": f"Basic {credentials.secret_key.reveal()}"}
        if self._options.send_api_key_for_token:
            headers["x-api-key"] = credentials.api_key.reveal()
        response = self._http.request(
            "POST",
            f"/{self._options.version}/oauth2/authorization-token/",
            operation=OPERATION,
            headers=headers,
            form={"grant_type": "client_credentials"},
            read_timeout_seconds=self._options.timeouts.read_seconds,
        )
        try:
            raise_for_status(response, describe=describe_error, now=self._clock.wall())
        except (PermanentError, PermissionDeniedError) as error:
            raise CredentialError(
                "no token for this pair of keys",
                service=error.service,
                operation=error.operation,
                status=error.status,
                code=error.code,
            ) from error
        body = response.json()
        token = body.get("authorization_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not is_header_value(token):
            raise UnexpectedResponseError(
                "the answer holds no usable token",
                service=response.service,
                operation=OPERATION,
                status=response.status,
            )
        return MintedToken(
            token=Secret(token), provider_time=_provider_time(response.headers.get("Date"))
        )


def _provider_time(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return None if moment.tzinfo is None else moment.timestamp()
