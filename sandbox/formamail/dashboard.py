"""The dashboard: a person signs in and manages API keys.

The provider documents no path for it, only what can be done there (seed, Managing API Keys). These
paths are the sandbox's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.exchange import Call, Reply, Route
from sandbox.formamail.account import Account
from sandbox.formamail.checks import Problems
from sandbox.formamail.envelope import RefusalError, enveloped, invalid
from sandbox.formamail.key_request import parse_key, parse_login
from sandbox.formamail.keys import KeyRing
from sandbox.formamail.paging import meta_of, paging_of
from sandbox.profile import ProfileStore

LOGIN = "login"
SESSION = "session"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The handlers. Those that need a session are reached with a living one only."""

    account: Account
    profile: ProfileStore
    keys: KeyRing

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("POST", "/auth/login", self.login, LOGIN),
            Route("POST", "/api-keys", self.create_key, SESSION),
            Route("GET", "/api-keys", self.list_keys, SESSION),
            Route("POST", "/api-keys/{id}/revoke", self.revoke_key, SESSION),
        ]

    def admit(self, call: Call) -> RefusalError | None:
        """Why a call of one of these routes may not proceed, or None."""
        if call.route is None or call.route.access == LOGIN:
            return None
        try:
            header = call.headers.get("Authorization")
            self.account.check_session(header, now=call.arrived_at)
        except RefusalError as refusal:
            return refusal
        return None

    def login(self, call: Call) -> Reply:
        """`POST auth/login`."""
        lifetime_seconds = self.profile.current.dashboard_token_seconds
        token = self.account.open_session(
            parse_login(call.body), now=call.arrived_at, lifetime_seconds=lifetime_seconds
        )
        data = {"accessToken": token, "expiresIn": lifetime_seconds}
        return enveloped(200, data, profile=self.profile.current)

    def create_key(self, call: Call) -> Reply:
        """`POST api-keys`: the value is in this answer and nowhere else (seed)."""
        profile = self.profile.current
        request = parse_key(call.body, now=call.arrived_at)
        if self.keys.count_active(call.arrived_at) >= profile.key_limit:
            text = f"At most {profile.key_limit} active API keys: revoke one first"
            raise RefusalError(409, "KEY_LIMIT_REACHED", text)
        key, value = self.keys.mint(
            request.name,
            permissions=request.permissions,
            now=call.arrived_at,
            expires_at=request.expires_at,
            rate_limit=request.rate_limit,
            description=request.description,
            activation_seconds=profile.key_activation_seconds,
        )
        document = key.document(call.arrived_at)
        del document["lastUsedAt"]
        return enveloped(201, {"apiKey": value, **document}, profile=profile)

    def list_keys(self, call: Call) -> Reply:
        """`GET api-keys`: newest first, never with a value."""
        problems: Problems = []
        limit, page = paging_of(call.query, problems=problems)
        if problems:
            raise invalid(problems)
        keys = self.keys.all()[::-1]
        shown = keys[(page - 1) * limit : page * limit]
        data = [key.document(call.arrived_at) for key in shown]
        meta = meta_of(len(keys), limit=limit, page=page)
        return enveloped(200, data, profile=self.profile.current, meta=meta)

    def revoke_key(self, call: Call) -> Reply:
        """`POST api-keys/{id}/revoke`: at once and for good; doing it again changes nothing."""
        key = self.keys.revoke(call.parameters["id"], now=call.arrived_at)
        if key is None:
            raise RefusalError(404, message="API key not found")
        return enveloped(200, key.document(call.arrived_at), profile=self.profile.current)
