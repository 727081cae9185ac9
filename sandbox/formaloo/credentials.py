"""The one pair of keys, and the tokens minted with it."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from dataclasses import asdict, dataclass, replace

from sandbox.database import Database
from sandbox.formaloo.envelope import FormalooRefusalError
from sandbox.tokens import TokenError, claims_of, equal_secrets, signed_token

_SETTING = "formaloo_credentials"


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """The keys of the workspace; both halves change together."""

    api_key: str
    secret_key: str
    write_only_key: str


@dataclass(frozen=True, slots=True, repr=False)
class Retired:
    """A pair that was replaced and is still taken until its grace is over."""

    api_key: str
    secret_key: str
    valid_until: float


class Credentials:
    """Judges keys and tokens. A token is refused by its age on the sandbox's clock, whatever
    its `exp` claim says."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.pair = Pair("", "", "")
        self._retired: list[Retired] = []
        self._signing_key = b""
        self.load()

    def load(self) -> None:
        """Take the state of the database; an empty one gets a new pair."""
        stored = self._database.setting(_SETTING)
        if stored is None:
            self._signing_key = secrets.token_bytes(32)
            self.replace(Pair(_new_api_key(), _new_secret_key(), _new_api_key()))
            return
        document = json.loads(stored)
        self._signing_key = bytes.fromhex(document.pop("signing_key"))
        self._retired = [Retired(**item) for item in document.pop("retired")]
        self.pair = Pair(**document)

    def replace(self, pair: Pair) -> None:
        """The old pair dies at once; tokens already minted live on until they are too old."""
        self.pair = pair
        self._retired = []
        self._store()

    def rotate(
        self, *, now: float, secret_too: bool, grace_seconds: float, tokens_survive: bool
    ) -> None:
        """A new key, and a new secret with it or not. The old ones are taken for as long as the
        grace lasts; tokens either live out their time or end now. The write-only key stays."""
        old = self.pair
        if grace_seconds > 0:
            until = now + grace_seconds
            self._retired.append(Retired(old.api_key, old.secret_key, until))
        self._retired = [item for item in self._retired if now < item.valid_until]
        secret_key = _new_secret_key() if secret_too else old.secret_key
        self.pair = replace(old, api_key=_new_api_key(), secret_key=secret_key)
        self._store()
        if not tokens_survive:
            self._database.execute(
                "UPDATE formaloo_tokens SET expires_at = ? WHERE expires_at > ?", (now, now)
            )

    def _store(self) -> None:
        document = {
            **asdict(self.pair),
            "retired": [asdict(item) for item in self._retired],
            "signing_key": self._signing_key.hex(),
        }
        self._database.store_setting(_SETTING, value=json.dumps(document))

    @property
    def token_mints(self) -> int:
        """How many tokens were ever minted."""
        (count,) = self._database.execute("SELECT count(*) FROM formaloo_tokens").fetchone()
        return int(count)

    def is_api_key(self, value: str | None, *, now: float) -> bool:
        """Whether the value is the full key of the workspace, or an old one within its grace."""
        taken = [self.pair.api_key, *(item.api_key for item in self._in_grace(now))]
        return value is not None and any(equal_secrets(value, key) for key in taken)

    def _is_secret_key(self, value: str, *, now: float) -> bool:
        taken = [self.pair.secret_key, *(item.secret_key for item in self._in_grace(now))]
        return any(equal_secrets(value, secret) for secret in taken)

    def _in_grace(self, now: float) -> list[Retired]:
        return [item for item in self._retired if now < item.valid_until]

    def is_write_only_key(self, value: str | None) -> bool:
        """Whether the value is the key that may only submit."""
        return value is not None and equal_secrets(value, self.pair.write_only_key)

    def mint(
        self, authorization: str | None, *, now: float, ttl_seconds: float, exp_seconds: float
    ) -> str:
        """A new token. Older ones stay valid until their own end.

        Raises:
            FormalooRefusalError: 401 unless the header is `Basic` and the secret, verbatim.
        """
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme != "Basic" or not self._is_secret_key(secret, now=now):
            raise FormalooRefusalError(401, "Invalid client credentials.")
        token_id = uuid.uuid4().hex
        claims = {"jti": token_id, "iat": int(now), "exp": int(now + exp_seconds)}
        self._database.execute(
            "INSERT INTO formaloo_tokens VALUES (?, ?, ?)", (token_id, now, now + ttl_seconds)
        )
        return signed_token(claims, key=self._signing_key)

    def check_token(self, authorization: str | None, *, now: float) -> None:
        """Accept a living token.

        Raises:
            FormalooRefusalError: 401; the text tells missing, tampered and expired apart.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "JWT" or not token:
            raise FormalooRefusalError(401)
        try:
            claims = claims_of(token, key=self._signing_key)
        except TokenError:
            raise FormalooRefusalError(401, "Error decoding signature.") from None
        row = self._database.execute(
            "SELECT expires_at FROM formaloo_tokens WHERE id = ?", (claims["jti"],)
        ).fetchone()
        if row is None or now >= row[0]:
            raise FormalooRefusalError(401, "Signature has expired.")


def _new_api_key() -> str:
    return f"key_{secrets.token_hex(20)}"


def _new_secret_key() -> str:
    return base64.b64encode(secrets.token_bytes(45)).decode("ascii")
