"""Recipients as callers like to write them, as the provider takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from formarelay.errors import InvalidRequestError
from formarelay.formamail.channel import SERVICE
from formarelay.formamail.models import Recipient

Address = str | Recipient | Mapping[str, str]
Addresses = Address | Iterable[Address]


def recipients_of(addresses: Addresses, *, field: str) -> tuple[Recipient, ...]:
    """The recipients in the one form that every document shows: objects of `email` and `name`.

    Args:
        addresses: An address, a `Recipient`, a mapping of `email` and perhaps `name`, or several
            of them in any mixture. The provider judges the addresses themselves.
        field: Named in errors, as `to`.

    Raises:
        InvalidRequestError: Something is none of these; `problems` says where it stands.
    """
    if isinstance(addresses, str | Recipient | Mapping):
        return (_recipient(addresses, field),)
    if not isinstance(addresses, Iterable):
        raise _refusal(field)
    return tuple(_recipient(item, f"{field}[{place}]") for place, item in enumerate(addresses))


def _recipient(address: object, place: str) -> Recipient:
    if isinstance(address, Recipient):
        return address
    if isinstance(address, Mapping):
        email, name = address.get("email"), address.get("name")
        known = set(address) <= {"email", "name"}
        if known and isinstance(email, str) and email and isinstance(name, str | None):
            return Recipient(email=email, name=name)
    elif isinstance(address, str) and address:
        return Recipient(email=address)
    raise _refusal(place)


def _refusal(place: str) -> InvalidRequestError:
    return InvalidRequestError(
        "not sent: a recipient is an address, or an object of email and perhaps name",
        problems=(place,),
        service=SERVICE,
    )
