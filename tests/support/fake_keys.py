"""Providers of keys in memory, behind the ports of rotate_keys, with failures on demand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from formarelay.clock import Clock
from formarelay.errors import (
    CredentialError,
    FormaError,
    KeyLimitError,
    NotFoundError,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from formarelay.keys import Credential, IssuedKey, KeyRequest, KeyStatus, MintedKey
from formarelay.redact import Secret

RIGHTS = ("emails:send", "emails:read", "templates:read")


class Failures:
    """Errors that a method raises, once each: before its effect, or after it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._before: dict[str, list[FormaError]] = {}
        self._after: dict[str, list[FormaError]] = {}

    def fail(self, method: str, error: FormaError, *, times: int = 1) -> None:
        self._before.setdefault(method, []).extend([error] * times)

    def lose(self, method: str, error: FormaError) -> None:
        """The effect happens, and the caller sees the error."""
        self._after.setdefault(method, []).append(error)

    def enter(self, method: str) -> None:
        self.calls.append(method)
        if self._before.get(method):
            raise self._before[method].pop(0)

    def leave(self, method: str) -> None:
        if self._after.get(method):
            raise self._after[method].pop(0)


@dataclass
class FakeKeyIssuer(Failures):
    """Any number of keys. `activation_seconds` is how long a new one is unknown."""

    clock: Clock
    limit: int = 10
    activation_seconds: float = 0.0
    keys: dict[str, IssuedKey] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    requests: list[KeyRequest] = field(default_factory=list)
    undead: set[str] = field(default_factory=set)
    most_live: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = count(1)

    def seed(self, *, name: str = "by hand", permissions: tuple[str, ...] = RIGHTS) -> MintedKey:
        request = KeyRequest(name=name, description="", permissions=permissions, expires_at=0.0)
        return self._make(request)

    def create(self, request: KeyRequest) -> MintedKey:
        self.enter("create")
        if len(self.live()) >= self.limit:
            raise KeyLimitError("as many as there may be", status=409)
        self.requests.append(request)
        minted = self._make(request)
        self.leave("create")
        return minted

    def list_keys(self) -> Sequence[IssuedKey]:
        self.enter("list_keys")
        return list(self.keys.values())

    def revoke(self, key_id: str) -> None:
        self.enter("revoke")
        if key_id not in self.keys:
            raise NotFoundError("not found", status=404)
        self.keys[key_id] = replace(self.keys[key_id], status=KeyStatus.REVOKED)
        self.leave("revoke")

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None:
        self.enter("test")
        key = self._accepted(credential)
        for right in permissions:
            if right not in key.permissions:
                raise PermissionDeniedError(f"the key lacks {right}", status=403)

    def is_refused(self, credential: Credential) -> bool:
        self.enter("is_refused")
        try:
            self._accepted(credential)
        except CredentialError:
            return True
        return False

    def live(self) -> list[str]:
        return [key.key_id for key in self.keys.values() if key.is_active]

    def use(self, key_id: str) -> None:
        self.keys[key_id] = replace(self.keys[key_id], last_used_at=self.clock.wall())

    def _make(self, request: KeyRequest) -> MintedKey:
        key_id = f"key-{next(self._numbers)}"
        self.values[key_id] = f"fm_sk_canary{key_id.replace('-', 'x')}abcdefgh1234"
        self.keys[key_id] = IssuedKey(
            key_id=key_id,
            name=request.name,
            status=KeyStatus.ACTIVE,
            permissions=request.permissions,
            created_at=self.clock.wall(),
            expires_at=request.expires_at or None,
            rate_limit=request.rate_limit,
        )
        self.most_live = max(self.most_live, len(self.live()))
        return MintedKey(key_id=key_id, value=Secret(self.values[key_id]))

    def _accepted(self, credential: Credential) -> IssuedKey:
        value = credential["api_key"].reveal()
        key = next((key for key in self.keys.values() if self.values[key.key_id] == value), None)
        if key is None or (not key.is_active and key.key_id not in self.undead):
            raise CredentialError("refused", status=401)
        if (key.created_at or 0.0) + self.activation_seconds > self.clock.wall():
            raise CredentialError("refused", status=401, code="API_KEY_NOT_FOUND")
        self.use(key.key_id)
        return key


@dataclass
class FakePairIssuer(Failures):
    """One pair. A token, once prepared, outlives its pair, as the provider's may."""

    number: int = 1
    swaps: int = 0
    grace: bool = False
    tokens_survive: bool = True
    fields: tuple[str, str] = ("api_key", "secret_key")
    _token_of: Credential | None = None

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def pair(self) -> dict[str, str]:
        return pair_number(self.number)

    def prepare(self, pair: Credential) -> None:
        self.enter("prepare")
        self._mint(pair)

    def swap(self, pair: Credential) -> Secret:
        self.enter("swap")
        assert self._token_of == pair, "prepare goes before"
        self.number += 1
        self.swaps += 1
        self.leave("swap")
        return self._answer()

    def present(self, pair: Credential) -> Secret:
        self.enter("present")
        if self._token_of != pair or not self.tokens_survive:
            self._mint(pair)
        return self._answer()

    def pair_of(self, answer: Secret) -> Credential:
        data = json.loads(answer.reveal())["data"]
        if set(data) != {"api_key", "secret_key"}:
            raise UnexpectedResponseError("the answer holds no usable API key")
        return {name: Secret(value) for name, value in data.items()}

    def test(self, pair: Credential) -> None:
        self.enter("test")
        self._mint(pair)

    def is_refused(self, pair: Credential) -> bool:
        self.enter("is_refused")
        return not self._takes(pair)

    def forget(self) -> None:
        """What a new process knows of the tokens of the last: nothing."""
        self._token_of = None

    def _mint(self, pair: Credential) -> None:
        if not self._takes(pair):
            raise CredentialError("no token for this pair of keys", status=401)
        self._token_of = dict(pair)

    def _takes(self, pair: Credential) -> bool:
        shown = {name: secret.reveal() for name, secret in pair.items()}
        taken = [self.pair, *([pair_number(self.number - 1)] if self.grace else [])]
        return shown in taken

    def _answer(self) -> Secret:
        values = self.pair.values()
        return Secret(json.dumps({"data": dict(zip(self.fields, values, strict=True))}))


def pair_number(number: int) -> dict[str, str]:
    return {"api_key": f"key_canary{number:030d}", "secret_key": f"canary{number:040d}=="}
