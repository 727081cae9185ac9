"""The application as it is built for a container, down to what it would put on the wire."""

from __future__ import annotations

import json

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from formarelay.env import read_settings
from send_email.application import build
from send_email.outcome import HandedBack
from send_email.record import QueueRecord
from send_email.settings import SendSettings

ENVIRONMENT = {
    "FORMA_MAIL_API_URL": "http://127.0.0.1:1/api",
    "FORMA_MAIL_SECRET_ARN": "forma-mail",
    "FORMALOO_API_URL": "http://127.0.0.1:1",
    "FORMALOO_SECRET_ARN": "formaloo",
    "EMAIL_QUEUE_URL": "http://127.0.0.1:1/email",
    "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/dead-letters",
    "STATE_TABLE": "state",
    "PROVIDER_TIMEOUT_SECONDS": "5",
    "RATE_LIMIT_CALLS": "100",
    "RATE_LIMIT_WINDOW_SECONDS": "60",
    "SETTLE_DELAY_SECONDS": "60",
    "ON_UNKNOWN": "resend",
}
BODY = json.dumps({"templateId": "welcome", "to": [{"email": "ada@example.com"}]})


@pytest.fixture
def asked(monkeypatch):
    """The requests that boto3 would send; each is refused for good."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    requests = []

    def refuse(_, request):
        requests.append(request)
        answer = AWSResponse(request.url, 400, {}, None)
        answer._content = b'{"__type": "AccessDeniedException", "message": "no"}'
        return answer

    monkeypatch.setattr(URLLib3Session, "send", refuse)
    return requests


def test_dynamodb_is_asked_before_the_provider_and_told_by_whom(asked):
    application = build(read_settings(SendSettings, ENVIRONMENT))
    record = QueueRecord(message_id="m-1", receipt_handle="r-1", body=BODY)
    (result,) = application.service.process([record], remaining_seconds=lambda: 60.0)
    assert isinstance(result.outcome, HandedBack)
    assert result.outcome.reason == "dependency_failed"
    (request,) = asked
    assert request.headers["X-Amz-Target"].decode() == "DynamoDB_20120810.GetItem"
    assert request.headers["User-Agent"].decode().split(" ")[:2] == [
        "formarelay",
        f"Botocore/{botocore.__version__}",
    ]
