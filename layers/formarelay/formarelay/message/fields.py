"""What the structs of the contract are made of: their base, and the types of single fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from formarelay.message import rules


class Contract(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Base of all structs of the message. Its `repr` shows no content: logs must stay clean."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


Address = Annotated[str, rules.ADDRESS.meta()]
Line = Annotated[str, rules.LINE.meta()]
Identifier = Annotated[str, rules.IDENTIFIER.meta()]
IdempotencyKey = Annotated[str, rules.IDEMPOTENCY_KEY.meta()]
Tag = Annotated[str, rules.TAG.meta()]
MetadataKey = Annotated[str, rules.METADATA_KEY.meta()]
FileName = Annotated[str, rules.FILE_NAME.meta()]
Url = Annotated[str, rules.URL.meta()]
Slug = Annotated[str, rules.SLUG.meta()]
HeaderName = Annotated[str, rules.HEADER_NAME.meta()]
Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="RFC 3339 date and time with a zone",
        # Few validators check a format unless told to, and none of them the zone.
        extra_json_schema={"pattern": "(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$"},
    ),
]
