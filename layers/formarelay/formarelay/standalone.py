"""The clients outside Lambda: keys from the environment, or from a `.env` file, for local use.

In Lambda keys come from Secrets Manager and never from the environment, so there this refuses.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from formarelay.env import Url, read_settings
from formarelay.errors import SettingsError
from formarelay.formaloo.api import FormalooApi
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formaloo.options import BASE_URL, FormalooOptions
from formarelay.formaloo.write_only import WriteOnlyFormaloo
from formarelay.formamail.api import FormaMailApi
from formarelay.formamail.client import api_root
from formarelay.http import HttpClient
from formarelay.redact import Secret

_FORMA_MAIL_URL = Url("https://api.formamail.com/api")
_FORMALOO_URL = Url(BASE_URL)
_VERSION = re.compile(r"/v[0-9][0-9.]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormaMailSettings:
    """`FORMA_MAIL_API_KEY` and `FORMA_MAIL_API_URL` (seed); the URL with or without `/api`."""

    forma_mail_api_key: str = field(repr=False)
    forma_mail_api_url: Url = _FORMA_MAIL_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalooSettings:
    """`FORMALOO_API_KEY`, `FORMALOO_SECRET_KEY`, `FORMALOO_API_URL`, `FORMALOO_WORKSPACE`."""

    formaloo_api_key: str = field(repr=False)
    formaloo_secret_key: str = field(repr=False)
    formaloo_api_url: Url = _FORMALOO_URL
    formaloo_workspace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOnlySettings:
    """`FORMALOO_WRITE_ONLY_KEY` and `FORMALOO_API_URL`."""

    formaloo_write_only_key: str = field(repr=False)
    formaloo_api_url: Url = _FORMALOO_URL


def forma_mail(
    environment: Mapping[str, str] | None = None, *, env_file: Path | str | None = None
) -> FormaMailApi:
    """Forma Mail's API with the key of `FormaMailSettings`.

    Args:
        environment: Instead of the process's own.
        env_file: A `.env` file, as `.env`, read by python-dotenv (the extra `dotenv`). What the
            environment has wins, unless it is blank.

    Raises:
        SettingsError: A variable is missing or wrong, the file cannot be read, or this is Lambda.
    """
    settings = read_settings(FormaMailSettings, _variables(environment, env_file))
    http = HttpClient(api_root(settings.forma_mail_api_url), service="forma-mail")
    return FormaMailApi(http, keys=_OneKey(Secret(settings.forma_mail_api_key)))


def formaloo(
    environment: Mapping[str, str] | None = None, *, env_file: Path | str | None = None
) -> FormalooApi:
    """Formaloo's API with the pair of `FormalooSettings`. See `forma_mail`."""
    settings = read_settings(FormalooSettings, _variables(environment, env_file))
    pair = FormalooCredentials(
        api_key=Secret(settings.formaloo_api_key), secret_key=Secret(settings.formaloo_secret_key)
    )
    http = HttpClient(_formaloo_root(settings.formaloo_api_url), service="formaloo")
    options = FormalooOptions(workspace=settings.formaloo_workspace)
    return FormalooApi(http, credentials=_OnePair(pair), options=options)


def formaloo_write_only(
    environment: Mapping[str, str] | None = None, *, env_file: Path | str | None = None
) -> WriteOnlyFormaloo:
    """Formaloo's submissions with the key of `WriteOnlySettings`. See `forma_mail`."""
    settings = read_settings(WriteOnlySettings, _variables(environment, env_file))
    http = HttpClient(_formaloo_root(settings.formaloo_api_url), service="formaloo")
    return WriteOnlyFormaloo(http, key=Secret(settings.formaloo_write_only_key))


def _formaloo_root(url: str) -> str:
    # The client adds the version itself; official clients have it in their base URL.
    return _VERSION.sub("", url.strip().rstrip("/"))


class _OneKey:
    def __init__(self, key: Secret) -> None:
        self._key = key

    def current(self) -> Secret:
        return self._key

    def refresh(self, rejected: Secret) -> Secret:
        return rejected


class _OnePair:
    def __init__(self, pair: FormalooCredentials) -> None:
        self._pair = pair

    def current(self) -> FormalooCredentials:
        return self._pair

    def refresh(self, rejected: FormalooCredentials) -> FormalooCredentials:
        return rejected


def _variables(
    environment: Mapping[str, str] | None, env_file: Path | str | None
) -> Mapping[str, str]:
    given = os.environ if environment is None else environment
    if "AWS_LAMBDA_FUNCTION_NAME" in given:
        raise SettingsError("in Lambda keys come from Secrets Manager, not from the environment")
    if env_file is None:
        return given
    return {**_read(Path(env_file)), **{name: text for name, text in given.items() if text.strip()}}


def _read(path: Path) -> dict[str, str]:
    try:
        from dotenv import dotenv_values
    except ImportError:
        raise SettingsError(
            "reading a .env file needs python-dotenv: install formarelay[dotenv]"
        ) from None
    if not path.is_file():
        raise SettingsError("the .env file is not there")
    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, ValueError):
        raise SettingsError("the .env file cannot be read") from None
    return {name: text for name, text in values.items() if text is not None}
