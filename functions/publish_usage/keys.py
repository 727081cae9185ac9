"""How old the credential in use is, and when it ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from formarelay.errors import NotFoundError
from publish_usage.measures import KEY_AGE_DAYS, KEY_DAYS_TO_EXPIRY, NO_UNIT, Datum, of_resource
from publish_usage.ports import HeldSecret, KeyList

KEY = "api-key"
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """Unix seconds of its begin and its end; None where nobody says."""

    began_at: float | None = None
    ends_at: float | None = None


def key_life(secret: HeldSecret, keys: KeyList | None) -> KeyLife:
    """The life of the key in use.

    The provider's list is asked where there is one. Otherwise, or when the secret does not say
    which key it holds, a key is as old as the secret's present version.

    Raises:
        NotFoundError: The provider's list lacks the key.
        FormaError: The list or the secret cannot be read.
    """
    key_id = secret.key_id()
    if keys is None or not key_id:
        return KeyLife(began_at=secret.stored_at())
    for key in keys.list_keys():
        if key.key_id == key_id:
            began_at = secret.stored_at() if key.created_at is None else key.created_at
            return KeyLife(began_at=began_at, ends_at=key.expires_at)
    raise NotFoundError("the key in use is not in the provider's list", operation="GET api-keys")


def of_key(provider: str, life: KeyLife, *, now: float) -> list[Datum]:
    """Its age and its rest, as far as they are known."""
    data = []
    if life.began_at is not None:
        age = max(0.0, now - life.began_at) / DAY_SECONDS
        data.append(of_resource(provider, KEY, KEY_AGE_DAYS, NO_UNIT, age))
    if life.ends_at is not None:
        rest = (life.ends_at - now) / DAY_SECONDS
        data.append(of_resource(provider, KEY, KEY_DAYS_TO_EXPIRY, NO_UNIT, rest))
    return data
