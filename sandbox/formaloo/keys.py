"""Formaloo's key management: a read that shows the pair, and a read that replaces it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.exchange import Call, Reply, Route
from sandbox.formaloo.credentials import Credentials
from sandbox.formaloo.envelope import FormalooRefusalError, success
from sandbox.formaloo.submission import read_body
from sandbox.profile import ProfileStore

_TRUE = (True, "true", "True", "1")
_FALSE = (False, "false", "False", "0", None, "")


@dataclass(frozen=True, slots=True)
class KeyEndpoints:
    """The handlers. Each was reached only with the full key and a living token."""

    profile: ProfileStore
    credentials: Credentials

    def routes(self, access: str) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", "/keys/", self.show_or_rotate, access),
            Route("POST", "/applications/", self.issue_key, access),
        ]

    def show_or_rotate(self, call: Call) -> Reply:
        """`GET /keys/` shows the pair; with `rotate=true` it makes a new one first, every time."""
        profile = self.profile.current
        if call.query.get("rotate") == "true":
            self._rotate(call, secret_too=True)
        pair = self.credentials.pair
        document: dict[str, object] = {
            profile.formaloo_api_key_field: pair.api_key,
            profile.formaloo_secret_key_field: pair.secret_key,
        }
        if profile.formaloo_keys_key is not None:
            document = {profile.formaloo_keys_key: document}
        return success(document)

    def issue_key(self, call: Call) -> Reply:
        """`POST /applications/`: the present key, or with `refresh` a new one in its place; the
        secret stays."""
        refresh = read_body(call).get("refresh", False)
        if refresh in _TRUE:
            self._rotate(call, secret_too=False)
        elif refresh not in _FALSE:
            raise FormalooRefusalError(400, form_errors={"refresh": ["Must be a valid boolean."]})
        return success({"key": self.credentials.pair.api_key}, status=201)

    def _rotate(self, call: Call, *, secret_too: bool) -> None:
        profile = self.profile.current
        self.credentials.rotate(
            now=call.arrived_at,
            secret_too=secret_too,
            grace_seconds=profile.formaloo_old_pair_grace_seconds,
            tokens_survive=profile.formaloo_tokens_survive_rotation,
        )
