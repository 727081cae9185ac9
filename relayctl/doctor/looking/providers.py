"""The providers, asked as the functions ask them; nothing is sent and nothing is changed.

Each call counts against the provider's limit: four to Forma Mail and one to Formaloo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from formarelay.aws.secrets import SecretReader
from formarelay.clock import Clock
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    PermissionDeniedError,
    SecretUnavailableError,
    SettingsError,
)
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formaloo.minting import TokenEndpoint
from formarelay.formaloo.options import FormalooOptions
from formarelay.formamail.client import api_root
from formarelay.formamail.key_check import MAY_READ, MAY_SEND, KeyCheck
from formarelay.http import HttpClient, HttpResponse, Timeouts
from relayctl.doctor.fact import UnseenError
from relayctl.doctor.looking.secrets import secret_value
from relayctl.doctor.models import ProviderFacts
from relayctl.doctor.snapshot import FORMA_MAIL, FORMALOO

# A person waits for the answer.
_TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=5.0)


def forma_mail_facts(
    reader: SecretReader, *, arn: str, url: str, clock: Clock, now: Callable[[], float]
) -> ProviderFacts:
    """Whether the key is accepted, and has the rights to send mail and to look it up.

    Args:
        reader: Reads the key.
        arn: Of the secret with the key.
        url: As the functions have it.
        clock: For the clients.
        now: The present by AWS's clock.

    Raises:
        UnseenError: The key cannot be had.
    """
    http = _NotingHttp(_http(url, root=api_root, service=FORMA_MAIL), now=now)
    key = _credential(lambda: secret_value(reader, arn=arn).get("api_key"))
    keys = KeyCheck(http, clock=clock)
    return _asked(http, partial(keys.check, key), rights=(MAY_SEND, MAY_READ))


def formaloo_facts(
    reader: SecretReader, *, arn: str, url: str, clock: Clock, now: Callable[[], float]
) -> ProviderFacts:
    """Whether a token can be had for the pair. Takes and raises what `forma_mail_facts` does."""
    http = _NotingHttp(_http(url, root=str, service=FORMALOO), now=now)

    def pair() -> FormalooCredentials:
        value = secret_value(reader, arn=arn)
        return FormalooCredentials(api_key=value.get("api_key"), secret_key=value.get("secret_key"))

    credentials = _credential(pair)
    mint = TokenEndpoint(http, clock=clock, options=FormalooOptions(timeouts=_TIMEOUTS))

    def ask(*, permissions: Sequence[str]) -> None:
        # A pair has no rights of its own.
        del permissions
        mint(credentials)

    return _asked(http, ask, rights=("any",))


class _NotingHttp:
    """Passes calls on, and notes how far the provider's clock is ahead."""

    def __init__(self, http: HttpClient, *, now: Callable[[], float]) -> None:
        self._http = http
        self._now = now
        self.ahead_seconds: float | None = None

    def request(self, method: str, path: str, **arguments: Any) -> HttpResponse:
        response = self._http.request(method, path, **arguments)
        try:
            date = parsedate_to_datetime(response.headers.get("Date") or "")
        except ValueError:
            return response
        self.ahead_seconds = date.timestamp() - self._now()
        return response


def _asked(
    http: _NotingHttp, ask: Callable[..., object], *, rights: Sequence[str]
) -> ProviderFacts:
    """What came of asking for each right."""
    refused, unreachable, unknown = False, "", ""
    lacking: list[str] = []
    try:
        for right in rights:
            try:
                ask(permissions=(right,))
            except PermissionDeniedError:
                lacking.append(right)
    except CredentialError:
        refused = True
    except ConnectionFailedError as error:
        unreachable = error.detail
    except FormaError as error:
        unknown = str(error)
    return ProviderFacts(
        unreachable=unreachable,
        refused=refused,
        lacking=tuple(lacking),
        unknown=unknown,
        clock_ahead_seconds=http.ahead_seconds,
    )


def _http(url: str, *, root: Callable[[str], str], service: str) -> HttpClient:
    try:
        return HttpClient(root(url), service=service, timeouts=_TIMEOUTS)
    except SettingsError as error:
        raise UnseenError(str(error)) from error


def _credential(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except SecretUnavailableError as error:
        raise UnseenError(f"there is no key to ask with: {error.detail}") from error
