"""The application as it is built for a container, down to what it would put on the wire."""

from __future__ import annotations

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from formarelay.env import read_settings
from formarelay.errors import TransientError
from settle_unknown.application import build
from settle_unknown.settings import SweepSettings

ENVIRONMENT = {
    "FORMA_MAIL_API_URL": "http://127.0.0.1:1/api",
    "FORMA_MAIL_SECRET_ARN": "forma-mail",
    "STATE_TABLE": "state",
    "PROVIDER_TIMEOUT_SECONDS": "5",
    "RATE_LIMIT_CALLS": "100",
    "RATE_LIMIT_WINDOW_SECONDS": "60",
    "ON_UNKNOWN": "resend",
}


@pytest.fixture
def asked(monkeypatch):
    """The requests that boto3 would send; each is refused for good."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.setup_default_session()
    requests = []

    def refuse(_, request):
        requests.append(request.headers["X-Amz-Target"].decode())
        answer = AWSResponse(request.url, 400, {}, None)
        answer._content = b'{"__type": "AccessDeniedException", "message": "no"}'
        return answer

    monkeypatch.setattr(URLLib3Session, "send", refuse)
    return requests


def test_the_ledger_is_asked_first_and_the_provider_not_without_it(asked):
    application = build(read_settings(SweepSettings, ENVIRONMENT))
    with pytest.raises(TransientError, match="the ledger cannot be reached"):
        application.sweep.run(remaining_seconds=lambda: 300.0)
    assert asked == ["DynamoDB_20120810.GetItem"]
    assert application.events is None


@pytest.mark.usefixtures("asked")
def test_every_tenth_slot_is_taken_at_most():
    settings = read_settings(SweepSettings, ENVIRONMENT | {"OUTCOME_BUS_NAME": "outcomes"})
    application = build(settings)
    assert application.sweep._policy.pause_seconds == 6.0
    assert application.events is not None
