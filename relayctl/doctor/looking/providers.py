"""The providers, asked as the functions ask them; nothing is sent and nothing is changed.

Each question is a call that counts against the provider's limit: two to Forma Mail and one to
Formaloo.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
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
from formarelay.formamail.client import FormaMail, api_root
from formarelay.http import HttpClient, HttpResponse, Timeouts
from formarelay.redact import Secret
from relayctl.doctor.fact import UnseenError
from relayctl.doctor.looking.secrets import secret_value
from relayctl.doctor.models import ProviderFacts
from relayctl.doctor.snapshot import FORMA_MAIL, FORMALOO

# A person waits for the answer.
_TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=5.0)
MAY_READ = "emails:read"


def forma_mail_facts(
    reader: SecretReader, *, arn: str, url: str, clock: Clock, now: Callable[[], float]
) -> ProviderFacts:
    """Whether the key is accepted, and whether it may read mails.

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
    mail = FormaMail(http, keys=_Only(key), clock=clock)
    return _asked(http, mail.usage, lambda: mail.list_page(page_size=1), right=MAY_READ)


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
    return _asked(http, lambda: mint(credentials))


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


class _Only:
    """A source of this key and no other."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def current(self) -> Secret:
        return self._key

    def refresh(self, rejected: Secret) -> Secret:
        return rejected


def _asked(http: _NotingHttp, *questions: Callable[[], object], right: str = "") -> ProviderFacts:
    """What came of the questions; the ones after the first need the right."""
    refused, unreachable, unknown = False, "", ""
    lacking: tuple[str, ...] = ()
    try:
        for question in questions:
            question()
    except CredentialError:
        refused = True
    except PermissionDeniedError:
        lacking = (right,)
    except ConnectionFailedError as error:
        unreachable = error.detail
    except FormaError as error:
        unknown = str(error)
    return ProviderFacts(
        unreachable=unreachable,
        refused=refused,
        lacking=lacking,
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
