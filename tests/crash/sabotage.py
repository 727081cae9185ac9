"""Ways to break the sender on purpose: the harness has to notice each of them."""

from __future__ import annotations

import http.client
import time
from typing import Any

from formarelay.claims import Claimed, MailState
from tests.crash.function import Sabotage
from tests.crash.points import here


class _Worse:
    """Like the adapter, but for what a subclass does otherwise."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


class _ClaimsAlways(_Worse):
    def claim(self, mail: Any, *, lease_seconds: float) -> Any:
        claim = self._adapter.claim(mail, lease_seconds=lease_seconds)
        if isinstance(claim, Claimed):
            return claim
        return Claimed(claim_id="", attempts=1, lease_until=time.time() * 2)


class _SettlesFirst(_Worse):
    def claim(self, mail: Any, *, lease_seconds: float) -> Any:
        claim = self._adapter.claim(mail, lease_seconds=lease_seconds)
        if isinstance(claim, Claimed):
            self._adapter.settle(mail, claim_id=claim.claim_id, state=MailState.SENT)
        return claim


class _LooksAway(_Worse):
    def list_emails(self, **_: Any) -> Any:
        return iter(())


class _DeletesFirst(_Worse):
    def receive(self) -> Any:
        messages = self._adapter.receive()
        if messages:
            self._adapter.delete(messages)
        return messages


class _SetsAsideNowhere(_Worse):
    def put(self, body: str, *, facts: Any) -> None:
        pass


class _Talks(_Worse):
    """Shows what it sends, as a forgotten debug switch would."""

    def send(self, request: Any, **named: Any) -> Any:
        http.client.HTTPConnection.debuglevel = 1
        try:
            return self._adapter.send(request, **named)
        finally:
            http.client.HTTPConnection.debuglevel = 0


class _PhonesHome(_Worse):
    """Makes an effect that belongs to no port."""

    def reserve(self, *args: Any, **named: Any) -> Any:
        outer, here.call = here.call, ""
        try:
            return self._adapter.reserve(*args, **named)
        finally:
            here.call = outer


_WORSE: dict[str, tuple[str, type[_Worse]]] = {
    "claims-always": ("Ledger", _ClaimsAlways),
    "settles-first": ("Ledger", _SettlesFirst),
    "looks-away": ("MailProvider", _LooksAway),
    "sweep-looks-away": ("Sweep.MailList", _LooksAway),
    "deletes-first": ("Poller", _DeletesFirst),
    "sets-aside-nowhere": ("DeadLetters", _SetsAsideNowhere),
    "talks": ("MailProvider", _Talks),
    "phones-home": ("Limiter", _PhonesHome),
}
# By setting: resends before an accepted mail must be in the provider's list.
HASTY = "hasty"
NAMES = ("", *_WORSE, HASTY)


def worse_settings(name: str) -> dict[str, str]:
    """What that sabotage changes in the function's environment."""
    return {"SETTLE_DELAY_SECONDS": "1"} if name == HASTY else {}


def sabotage_named(name: str) -> Sabotage:
    """What that sabotage does to the adapters; nothing for an empty name."""
    port, worse = _WORSE.get(name, ("", _Worse))
    return lambda served, adapter: worse(adapter) if served == port else adapter
