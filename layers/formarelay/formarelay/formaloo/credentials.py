"""The pair of keys that identifies us to Formaloo, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from formarelay.errors import CredentialError, SecretUnavailableError
from formarelay.http.request import is_header_value
from formarelay.redact import Secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalooCredentials:
    """The API key, sent with every call, and the secret key, sent for tokens alone.

    Raises:
        SecretUnavailableError: A key cannot stand in a header; it was stored wrongly.
    """

    api_key: Secret
    secret_key: Secret

    def __post_init__(self) -> None:
        for name, key in (("api_key", self.api_key), ("secret_key", self.secret_key)):
            if not is_header_value(key.reveal()):
                raise SecretUnavailableError(
                    f"{name} is empty or holds a character that no key has", service="formaloo"
                )


class FormalooCredentialSource(Protocol):
    """Port: hands out the present pair. Both methods must be safe to call from several threads."""

    def current(self) -> FormalooCredentials:
        """The pair to use now; may come from a cache.

        Raises:
            SecretUnavailableError: There is none.
        """
        ...

    def refresh(self, rejected: FormalooCredentials) -> FormalooCredentials:
        """The pair to use after the provider refused `rejected`; the same if there is no other.

        Raises:
            SecretUnavailableError: It cannot be read.
        """
        ...


def with_working_pair(
    source: FormalooCredentialSource, call: Callable[[FormalooCredentials], T]
) -> T:
    """Make the call, and once more after a refusal if the source then has another pair.

    A 401 proves that the call was not executed, so this is safe for a call of any kind.

    Raises:
        CredentialError: The only pair was refused, or both were.
        Whatever else `call` or the source raises.
    """
    credentials = source.current()
    try:
        return call(credentials)
    except CredentialError:
        refreshed = source.refresh(credentials)
        if refreshed == credentials:
            raise
    return call(refreshed)
