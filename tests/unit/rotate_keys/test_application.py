"""The function as it is built for a container."""

from __future__ import annotations

import pytest

from formarelay.aws.session import AwsSession
from formarelay.env import read_settings
from formarelay.errors import SettingsError
from rotate_keys.application import build
from rotate_keys.settings import RotateSettings
from tests.support.template import load_template

ENVIRONMENT = {
    "STACK_NAME": "relay",
    "FORMA_MAIL_API_URL": "http://127.0.0.1:1/api",
    "FORMA_MAIL_SECRET_ARN": "arn:forma-mail",
    "FORMA_MAIL_ACCOUNT_SECRET_ARN": "arn:account",
    "FORMA_MAIL_LOGIN_PATH": "/api/auth/login",
    "FORMA_MAIL_KEYS_PATH": "/api/api-keys",
    "FORMA_MAIL_REVOKE_PATH": "/api/api-keys/{id}/revoke",
    "FORMALOO_API_URL": "http://127.0.0.1:1",
    "FORMALOO_SECRET_ARN": "arn:formaloo",
    "STATE_TABLE": "state",
    "OVERLAP_SECONDS": "4500",
    "KEY_LIFE_DAYS": "120",
    "KEY_PERMISSIONS": "emails:send,emails:read",
    "KEY_LIMIT": "0",
    "PROVIDER_TIMEOUT_SECONDS": "20",
}


@pytest.fixture(autouse=True)
def region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_it_rotates_both_secrets_and_calls_nobody_before_it_is_asked(monkeypatch):
    made = []
    client = AwsSession.client
    monkeypatch.setattr(
        AwsSession,
        "client",
        lambda self, name, **given: made.append(name) or client(self, name, **given),
    )
    service = build(read_settings(RotateSettings, ENVIRONMENT))
    assert service.secret_arns == ("arn:forma-mail", "arn:formaloo")
    assert sorted(made) == ["dynamodb", "secretsmanager"]


def test_the_template_sets_exactly_what_the_function_reads():
    resource = load_template()["Resources"]["RotateKeysFunction"]
    variables = resource["Properties"]["Environment"]["Variables"]
    assert {name for name in variables if not name.startswith("POWERTOOLS")} == set(ENVIRONMENT)


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_setting_that_is_missing_is_named(name):
    with pytest.raises(SettingsError, match=name):
        read_settings(RotateSettings, {k: v for k, v in ENVIRONMENT.items() if k != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORMA_MAIL_API_URL", "ftp://x"),
        ("OVERLAP_SECONDS", "0"),
        ("KEY_LIFE_DAYS", "many"),
        ("KEY_LIMIT", "-1"),
        ("PROVIDER_TIMEOUT_SECONDS", "900"),
    ],
)
def test_a_setting_that_is_wrong_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        read_settings(RotateSettings, ENVIRONMENT | {name: value})
