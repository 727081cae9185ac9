"""DynamoDB's answers, made inside botocore's transport: no socket, no server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, cast
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session


@contextmanager
def answered_in_process() -> Iterator[None]:
    """Every write of DynamoDB succeeds at once; any other AWS call fails the benchmark."""
    with mock.patch.object(URLLib3Session, "send", _send):
        yield


def _send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
    operation = request.headers["X-Amz-Target"]
    if operation not in ("DynamoDB_20120810.UpdateItem", b"DynamoDB_20120810.UpdateItem"):
        raise RuntimeError(f"nobody answers {operation!r}")
    asked: dict[str, Any] = json.loads(cast("bytes", request.body))
    answer = {}
    if asked.get("ReturnValues") == "UPDATED_NEW":
        values = asked["ExpressionAttributeValues"]
        answer["Attributes"] = {
            name: values[f":{name}"] for name in ("claim_id", "lease_until")
        } | {"attempts": {"N": "1"}}
    headers: Any = {"Content-Type": "application/x-amz-json-1.0", "Date": formatdate(usegmt=True)}
    response: Any = AWSResponse(request.url, 200, headers, None)
    # What it would have read from a socket.
    response._content = json.dumps(answer).encode()
    return cast("AWSResponse", response)
