"""Which objects of S3 may be read: the list that the function's role is made from, too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from formarelay.errors import SettingsError

_BUCKET = re.compile(r"arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])")
# No wildcard but the one at the end, and no policy variable: a prefix means the same to IAM and
# to `str.startswith`, a pattern would have to be matched exactly as IAM does it.
_OBJECTS = re.compile(rf"{_BUCKET.pattern}/([^*?$]*)\*")


class AllowedObjects(Struct, frozen=True):
    """All objects of a bucket whose keys begin with `prefix`; an empty one means every object."""

    bucket: str
    prefix: str

    def includes(self, bucket: str, key: str) -> bool:
        """Whether an object is one of these."""
        return bucket == self.bucket and key.startswith(self.prefix)


def read_allowed_objects(arns: Iterable[str]) -> tuple[AllowedObjects, ...]:
    """The places that a list of ARNs names; an empty list names none.

    `arn:aws:s3:::invoices/2026/*` allows objects, `arn:aws:s3:::invoices` stands for the right to
    be told that one of them does not exist. Each bucket must be there in both forms: without that
    right S3 answers 403 for a missing object, and a message with a wrong key could not be told from
    a deployment without access.

    Raises:
        SettingsError: An ARN is of neither form, or a bucket is there in one form only.
    """
    buckets: set[str] = set()
    allowed: list[AllowedObjects] = []
    for number, arn in enumerate(filter(None, (arn.strip() for arn in arns)), start=1):
        if objects := _OBJECTS.fullmatch(arn):
            allowed.append(AllowedObjects(objects[1], objects[2]))
        elif bucket := _BUCKET.fullmatch(arn):
            buckets.add(bucket[1])
        else:
            raise SettingsError(
                "places to attach files from must be ARNs as arn:aws:s3:::bucket and "
                f"arn:aws:s3:::bucket/prefix*: look at number {number}"
            )
    halves = buckets ^ {place.bucket for place in allowed}
    if halves:
        raise SettingsError(
            "each bucket to attach files from must be named twice, as arn:aws:s3:::bucket and as "
            f"arn:aws:s3:::bucket/prefix*: see {', '.join(sorted(halves))}"
        )
    return tuple(allowed)
