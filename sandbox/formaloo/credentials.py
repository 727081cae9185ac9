"""The one pair of keys, and the tokens minted with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import asdict, dataclass

from sandbox.database import Database
from sandbox.formaloo.envelope import FormalooRefusalError

_SETTING = "formaloo_credentials"


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """The keys of the workspace; both halves change together."""

    api_key: str
    secret_key: str
    write_only_key: str


class Credentials:
    """Judges keys and tokens. A token is refused by its age on the sandbox's clock, whatever
    its `exp` claim says."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.pair = Pair("", "", "")
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
        self.pair = Pair(**document)

    def replace(self, pair: Pair) -> None:
        """The old pair dies at once; tokens already minted live on until they are too old."""
        self.pair = pair
        document = {**asdict(pair), "signing_key": self._signing_key.hex()}
        self._database.store_setting(_SETTING, value=json.dumps(document))

    @property
    def token_mints(self) -> int:
        """How many tokens were ever minted."""
        (count,) = self._database.execute("SELECT count(*) FROM formaloo_tokens").fetchone()
        return int(count)

    def is_api_key(self, value: str | None) -> bool:
        """Whether the value is the full key of the workspace."""
        return value is not None and _equal(value, self.pair.api_key)

    def is_write_only_key(self, value: str | None) -> bool:
        """Whether the value is the key that may only submit."""
        return value is not None and _equal(value, self.pair.write_only_key)

    def mint(
        self, authorization: str | None, *, now: float, ttl_seconds: float, exp_seconds: float
    ) -> str:
        """A new token. Older ones stay valid until their own end.

        Raises:
            FormalooRefusalError: 401 unless the header is `Basic` and the secret, verbatim.
        """
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme != "Basic" or not _equal(secret, self.pair.secret_key):
            raise FormalooRefusalError(401, "Invalid client credentials.")
        token_id = uuid.uuid4().hex
        claims = {"jti": token_id, "iat": int(now), "exp": int(now + exp_seconds)}
        self._database.execute(
            "INSERT INTO formaloo_tokens VALUES (?, ?, ?)", (token_id, now, now + ttl_seconds)
        )
        signed = f"{_encode_part({'typ': 'JWT', 'alg': 'HS256'})}.{_encode_part(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def check_token(self, authorization: str | None, *, now: float) -> None:
        """Accept a living token.

        Raises:
            FormalooRefusalError: 401; the text tells missing, tampered and expired apart.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "JWT" or not token:
            raise FormalooRefusalError(401)
        signed, _, signature = token.rpartition(".")
        if not _equal(signature, self._signature(signed)):
            raise FormalooRefusalError(401, "Error decoding signature.")
        row = self._database.execute(
            "SELECT expires_at FROM formaloo_tokens WHERE id = ?", (_token_id(signed),)
        ).fetchone()
        if row is None or now >= row[0]:
            raise FormalooRefusalError(401, "Signature has expired.")

    def _signature(self, signed: str) -> str:
        digest = hmac.new(self._signing_key, signed.encode("utf-8", "replace"), hashlib.sha256)
        return _base64url(digest.digest())


def _token_id(signed: str) -> str:
    # Only called after the signature was found good, so that the claims are our own.
    claims = signed.partition(".")[2]
    document = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return str(document["jti"])


def _encode_part(document: dict[str, object]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _new_api_key() -> str:
    return f"key_{secrets.token_hex(20)}"


def _new_secret_key() -> str:
    return base64.b64encode(secrets.token_bytes(45)).decode("ascii")
