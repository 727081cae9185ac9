"""The one account of the dashboard: its password, and the sessions opened with it."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from sandbox.database import Database
from sandbox.formamail.envelope import RefusalError
from sandbox.formamail.keys import has_key_format
from sandbox.tokens import TokenError, claims_of, equal_secrets, signed_token

_SETTING = "formamail_account"


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """What opens a session."""

    email: str
    password: str


class Account:
    """Opens sessions and judges them. A session is a signed token with an end of its own: nothing
    is stored of it, so that a restart does not end it, and nothing but time does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.login = Login("", "")
        self._signing_key = b""
        self.load()

    def load(self) -> None:
        """Take the state of the database; an empty one gets a new account."""
        stored = self._database.setting(_SETTING)
        if stored is None:
            # The prefix lets the password be found, and masked, wherever it turns up.
            password = f"sandbox_pw_{secrets.token_hex(16)}"
            self.login = Login(f"owner-{secrets.token_hex(4)}@example.com", password)
            self._signing_key = secrets.token_bytes(32)
            document = {**asdict(self.login), "signing_key": self._signing_key.hex()}
            self._database.store_setting(_SETTING, value=json.dumps(document))
            return
        document = json.loads(stored)
        self._signing_key = bytes.fromhex(document.pop("signing_key"))
        self.login = Login(**document)

    def open_session(self, given: Login, *, now: float, lifetime_seconds: int) -> str:
        """The token of a new session.

        Raises:
            RefusalError: 401 `INVALID_CREDENTIALS`, whichever of the two is wrong.
        """
        right_email = equal_secrets(given.email, self.login.email)
        if not equal_secrets(given.password, self.login.password) or not right_email:
            raise RefusalError(401, "INVALID_CREDENTIALS", "Invalid email or password")
        issued_at = int(now)
        claims = {
            "sub": self.login.email,
            "jti": secrets.token_hex(8),
            "iat": issued_at,
            "exp": issued_at + lifetime_seconds,
        }
        return signed_token(claims, key=self._signing_key)

    def check_session(self, authorization: str | None, *, now: float) -> None:
        """Accept a living session.

        Raises:
            RefusalError: 401 that tells missing, invalid and expired apart; 403 for an API key,
                which is no session whatever it may do elsewhere.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise RefusalError(401, message="Authentication required")
        token = token.strip()
        if has_key_format(token):
            raise RefusalError(403, message="API keys cannot manage API keys")
        try:
            claims = claims_of(token, key=self._signing_key)
        except TokenError:
            raise RefusalError(401, "INVALID_TOKEN", "Invalid token") from None
        if now >= claims["exp"]:
            raise RefusalError(401, "TOKEN_EXPIRED", "Token has expired")
