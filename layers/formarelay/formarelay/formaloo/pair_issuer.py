"""The one key pair of a Formaloo workspace: replaced by one call, both halves at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from formarelay.clock import Clock
from formarelay.errors import CredentialError, UnexpectedResponseError
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formaloo.envelope import describe_error
from formarelay.formaloo.minting import TokenEndpoint
from formarelay.formaloo.models import SERVICE
from formarelay.formaloo.options import FormalooOptions
from formarelay.http import Http, HttpResponse, is_header_value, raise_for_status
from formarelay.keys import Credential
from formarelay.redact import Secret

READ = "GET keys/"
# Without its query: whoever repeats a line of a log must not rotate the keys.
SWAP = "GET keys/ (swap)"
PROFILE = "GET profile/"
# The documents name no field. The first that is there counts.
_API_KEY = ("api_key", "apiKey", "key", "x_api_key")
_SECRET_KEY = ("secret_key", "secretKey", "secret", "api_secret", "secret_token")


class FormalooIssuer:
    """Replaces the pair, reads it, and tries it. Makes each call once and follows no redirect.

    Args:
        http: Bound to Formaloo's base URL, with a long timeout: an answer that is not waited for
            is a pair that nobody knows.
        clock: For waits that the provider advises.
        options: See `FormalooOptions`.
    """

    def __init__(self, http: Http, *, clock: Clock, options: FormalooOptions | None = None) -> None:
        self._http = http
        self._clock = clock
        self._options = options or FormalooOptions()
        self._mint = TokenEndpoint(http, clock=clock, options=self._options)
        self._token: tuple[Credential, Secret] | None = None

    def prepare(self, pair: Credential) -> None:
        """Mints the token that `swap` needs, and that `present` uses if the answer is lost.

        Raises:
            CredentialError: The pair is refused.
            FormaError: See `formarelay.errors`.
        """
        self._token = (pair, self._mint(_credentials(pair)).token)

    def swap(self, pair: Credential) -> Secret:
        """Ends the pair and gives the provider's answer as it came. `prepare` goes before.

        Raises:
            OutcomeUnknownError: The pair may have ended, and nobody here knows the new one.
            FormaError: The pair is as it was; see `formarelay.errors`.
        """
        return self._answer(SWAP, pair, params={"rotate": "true"})

    def present(self, pair: Credential) -> Secret:
        """The answer that holds the pair as it is now, read with the last token of this pair, or
        with a new one where that is refused.

        Raises:
            CredentialError: The pair gives no token: only the dashboard shows the present one.
            FormaError: See `formarelay.errors`.
        """
        if self._token is not None and self._token[0] == pair:
            # Refused, it may only be too old: the pair itself says whether it lives.
            with suppress(CredentialError):
                return self._answer(READ, pair)
        self.prepare(pair)
        return self._answer(READ, pair)

    def pair_of(self, answer: Secret) -> Credential:
        """The pair in an answer of `swap` or `present`.

        Raises:
            UnexpectedResponseError: There is none; the text names what is missing.
        """
        try:
            document = json.loads(answer.reveal())
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            # `from None`: a JSON error carries the text it choked on.
            raise _nonsense("the answer is not a JSON object") from None
        data = document.get("data", document)
        return pair_in(data if isinstance(data, dict) else {})

    def test(self, pair: Credential) -> None:
        """Returns when the pair gives a token, and the token reads the profile.

        Raises:
            CredentialError: The pair is refused.
            TransientError: Nobody knows.
            FormaError: See `formarelay.errors`.
        """
        self.prepare(pair)
        response = self._get(PROFILE, "profile/", pair)
        raise_for_status(response, describe=describe_error, now=self._clock.wall())

    def is_refused(self, pair: Credential) -> bool:
        """Whether the pair gives no token any more. Raises `TransientError` when nobody knows."""
        try:
            self._mint(_credentials(pair))
        except CredentialError:
            return True
        return False

    def _answer(
        self, operation: str, pair: Credential, *, params: Mapping[str, str] | None = None
    ) -> Secret:
        response = self._get(operation, "keys/", pair, params=params)
        raise_for_status(response, describe=describe_error, now=self._clock.wall())
        text = response.body.decode("utf-8", "backslashreplace")
        if not text.strip():
            raise UnexpectedResponseError(
                "the body is empty", service=SERVICE, operation=operation, status=response.status
            )
        return Secret(text)

    def _get(
        self,
        operation: str,
        path: str,
        pair: Credential,
        *,
        params: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        if self._token is None:
            raise ValueError("prepare goes before")
        headers = {
            "Authorization": f"JWT {self._token[1].reveal()}",
            "x-api-key": _credentials(pair).api_key.reveal(),
        }
        if self._options.workspace:
            headers["x-workspace"] = self._options.workspace
        return self._http.request(
            "GET",
            f"/{self._options.version}/{path}",
            operation=operation,
            headers=headers,
            params=params,
        )


def _credentials(pair: Credential) -> FormalooCredentials:
    return FormalooCredentials(api_key=pair["api_key"], secret_key=pair["secret_key"])


def pair_in(data: Mapping[str, Any]) -> Credential:
    """The pair in the `data` of an answer; `UnexpectedResponseError` when there is none."""
    # Perhaps one level deeper: no document shows the answer.
    inner = [value for value in data.values() if isinstance(value, dict)]
    if len(inner) == 1 and not any(name in data for name in _API_KEY):
        data = inner[0]
    return {
        "api_key": _first(data, _API_KEY, "API key"),
        "secret_key": _first(data, _SECRET_KEY, "secret key"),
    }


def _first(data: Mapping[str, Any], names: tuple[str, ...], what: str) -> Secret:
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and is_header_value(value):
            return Secret(value)
    raise _nonsense(f"the answer holds no usable {what}")


def _nonsense(problem: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(problem, service=SERVICE, operation=SWAP)
