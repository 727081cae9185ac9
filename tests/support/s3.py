"""A versioned bucket by moto, and the store that may read a part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import boto3

from formarelay.aws.objects import ObjectStore
from tests.support.aws import REGION
from tests.support.fake_objects import Reference

ALLOWED = ("arn:aws:s3:::invoices", "arn:aws:s3:::invoices/2026/*")


class S3Files:
    """`client` is the one that the store uses; `clients_made` counts how often it was made."""

    def __init__(self, *, maximum_bytes: int, allowed: Sequence[str] = ALLOWED) -> None:
        self.client: Any = boto3.client("s3", region_name=REGION)
        self.client.create_bucket(Bucket="invoices")
        self.client.put_bucket_versioning(
            Bucket="invoices", VersioningConfiguration={"Status": "Enabled"}
        )
        self.clients_made = 0
        self.store = ObjectStore(self._make, allowed=allowed, maximum_bytes=maximum_bytes)
        self.size = self.store.size
        self.fetch = self.store.fetch

    def _make(self) -> Any:
        self.clients_made += 1
        return self.client

    def put(self, content: bytes, *, key: str) -> Reference:
        """A new version of a file, and what a message would say of it."""
        answer = self.client.put_object(Bucket="invoices", Key=key, Body=content)
        sha256 = hashlib.sha256(content).hexdigest()
        return Reference("invoices", key, answer["VersionId"], sha256)
