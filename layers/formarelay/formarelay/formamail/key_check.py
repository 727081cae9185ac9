"""Whether a key is good for what it is made for, found out without sending a mail."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from formarelay.clock import Clock
from formarelay.errors import (
    CredentialError,
    FormaError,
    InvalidRequestError,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from formarelay.formamail.channel import SERVICE, Channel
from formarelay.formamail.client import SEND, FormaMail
from formarelay.http import Http
from formarelay.redact import Secret

MAY_SEND = "emails:send"
MAY_READ = "emails:read"
# Nobody to send it to, by no template: it cannot become a mail.
_NO_MAIL: dict[str, object] = {"templateId": "", "to": [], "variables": {}}


class KeyState(StrEnum):
    """What one call says of a key."""

    VALID = "valid"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class KeyCheck:
    """Calls the provider with a given key. Each call counts against the rate limit.

    Args:
        http: A client for the provider's root.
        clock: Its wall clock turns instants of the provider into waits.
        prefix: `/api` (seed) or `/api/v1` (SDKs).
    """

    def __init__(self, http: Http, *, clock: Clock, prefix: str = "/api") -> None:
        self._http = http
        self._clock = clock
        self._prefix = prefix

    def check(self, key: Secret, *, permissions: Sequence[str]) -> None:
        """Returns when the key is valid and has those of the rights that a call can prove.

        The right to send is proven by a mail without recipients: it is refused for its content
        (400) with the right, and for the right (403) without it.

        Raises:
            CredentialError: The key is refused: wrong, revoked, or not active yet.
            PermissionDeniedError: It lacks a right; the text names it.
            TransientError: Nobody knows; the provider cannot be reached, throttles or fails.
        """
        FormaMail(self._http, keys=_TheKey(key), clock=self._clock, prefix=self._prefix).usage()
        if MAY_SEND in permissions:
            self._check_sending(key)
        if MAY_READ in permissions:
            self._check_reading(key)

    def state(self, key: Secret) -> KeyState:
        """What the provider thinks of the key: never raises for an answer or for the lack of one.

        VALID also without the right to read the usage, as a refused right is no refused key.
        UNKNOWN when the provider cannot be reached, throttles or fails: says nothing of the key.
        """
        try:
            self.check(key, permissions=())
        except CredentialError:
            return KeyState.REJECTED
        except PermissionDeniedError:
            return KeyState.VALID
        except FormaError:
            return KeyState.UNKNOWN
        return KeyState.VALID

    def is_refused(self, key: Secret) -> bool:
        """Whether the provider refuses the key. Counts as a use of it when it does not.

        Raises:
            TransientError: Nobody knows.
        """
        try:
            self.check(key, permissions=())
        except CredentialError:
            return True
        return False

    def _check_sending(self, key: Secret) -> None:
        channel = Channel(self._http, keys=_TheKey(key), clock=self._clock, prefix=self._prefix)
        try:
            channel.call("POST", "/emails/send", operation=SEND, json=_NO_MAIL)
        except InvalidRequestError:
            return
        except PermissionDeniedError as error:
            raise _lacking(MAY_SEND, error) from None
        raise UnexpectedResponseError(
            "a mail without recipients was accepted", service=SERVICE, operation=SEND
        )

    def _check_reading(self, key: Secret) -> None:
        mail = FormaMail(self._http, keys=_TheKey(key), clock=self._clock, prefix=self._prefix)
        try:
            mail.list_page(page_size=1)
        except PermissionDeniedError as error:
            raise _lacking(MAY_READ, error) from None


class _TheKey:
    """A source of this key and no other."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def current(self) -> Secret:
        return self._key

    def refresh(self, rejected: Secret) -> Secret:
        # The same: a refusal of this very key is what is asked for.
        return rejected


def _lacking(right: str, error: PermissionDeniedError) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"the key lacks {right}",
        service=error.service,
        operation=error.operation,
        status=error.status,
        code=error.code,
    )
