"""Ways to break the rotation on purpose: the harness has to notice each of them."""

from __future__ import annotations

from typing import Any

from tests.crash.function import Sabotage
from tests.crash.points import here


class _Worse:
    """Like the adapter, but for what a subclass does otherwise."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


class _RevokesNothing(_Worse):
    def revoke(self, _key_id: str) -> None:
        pass


class _SeesNoKeys(_Worse):
    def list_keys(self) -> list[Any]:
        return []


class _RevokesEarly(_Worse):
    """Ends every live key when it makes another one, as the hasty do."""

    def create(self, request: Any) -> Any:
        for key in self._adapter.list_keys():
            if key.is_active:
                self._adapter.revoke(key.key_id)
        return self._adapter.create(request)


class _Forgets(_Worse):
    def write(self, _lease: Any, _entry: Any) -> None:
        pass


class _Talks(_Worse):
    def put(self, secret_id: str, *, value: Any, **named: Any) -> None:
        print({name: secret.reveal() for name, secret in value.items()})  # noqa: T201 (its crime)
        self._adapter.put(secret_id, value=value, **named)


class _PhonesHome(_Worse):
    """Makes an effect that belongs to no port."""

    def write(self, *args: Any, **named: Any) -> Any:
        outer, here.call = here.call, ""
        try:
            return self._adapter.write(*args, **named)
        finally:
            here.call = outer


_WORSE: dict[str, tuple[str, type[_Worse]]] = {
    "revokes-nothing": ("KeyIssuer", _RevokesNothing),
    "sees-no-keys": ("KeyIssuer", _SeesNoKeys),
    "revokes-early": ("KeyIssuer", _RevokesEarly),
    "forgets": ("Journal", _Forgets),
    "talks": ("Stages", _Talks),
    "phones-home": ("Journal", _PhonesHome),
}
NAMES = ("", *_WORSE)


def sabotage_named(name: str) -> Sabotage:
    """What that sabotage does to the adapters; nothing for an empty name."""
    port, worse = _WORSE.get(name, ("", _Worse))
    return lambda served, adapter: worse(adapter) if served == port else adapter
