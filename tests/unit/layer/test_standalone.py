"""The clients outside Lambda: where their keys come from."""

from __future__ import annotations

import sys

import pytest

from formarelay.errors import SettingsError
from formarelay.standalone import forma_mail, formaloo, formaloo_write_only

pytestmark = pytest.mark.disable_socket

MAIL = {"FORMA_MAIL_API_KEY": "fm_sk_abc"}
PAIR = {"FORMALOO_API_KEY": "key_a", "FORMALOO_SECRET_KEY": "secret_a"}


def key_of(api) -> str:
    return api._keys.current().reveal()


def root_of(api) -> str:
    parts = api._http._parts
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def test_the_environment_gives_the_key():
    assert key_of(forma_mail(MAIL)) == "fm_sk_abc"
    formaloo(PAIR)
    formaloo_write_only({"FORMALOO_WRITE_ONLY_KEY": "wk"})


@pytest.mark.parametrize(
    ("make", "missing"),
    [
        (forma_mail, ["FORMA_MAIL_API_KEY"]),
        (formaloo, ["FORMALOO_API_KEY", "FORMALOO_SECRET_KEY"]),
        (formaloo_write_only, ["FORMALOO_WRITE_ONLY_KEY"]),
    ],
)
def test_what_is_missing_is_named(make, missing):
    with pytest.raises(SettingsError) as caught:
        make(dict.fromkeys(missing, " "))
    assert [f"{name} is missing" in str(caught.value) for name in missing] == [True] * len(missing)


def test_a_wrong_url_is_named_and_no_key_shown():
    with pytest.raises(SettingsError) as caught:
        forma_mail({**MAIL, "FORMA_MAIL_API_URL": "api.formamail.com"})
    assert "FORMA_MAIL_API_URL" in str(caught.value)
    assert "fm_sk" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["", "/", "/v3.0", "/v3.0/", "/v1.0/"])
def test_formaloos_url_may_have_its_version(suffix):
    url = f"https://api.example.com{suffix}"
    client = formaloo_write_only({"FORMALOO_WRITE_ONLY_KEY": "wk", "FORMALOO_API_URL": url})
    assert root_of(client) == "https://api.example.com"


@pytest.mark.parametrize("make", [forma_mail, formaloo, formaloo_write_only])
def test_lambda_is_refused(make):
    with pytest.raises(SettingsError, match="Secrets Manager"):
        make({**MAIL, **PAIR, "AWS_LAMBDA_FUNCTION_NAME": "f", "FORMALOO_WRITE_ONLY_KEY": "w"})


def test_a_file_gives_what_the_environment_does_not(tmp_path):
    file = tmp_path / ".env"
    file.write_text('FORMA_MAIL_API_KEY="fm_sk_file"\nexport OTHER=${HOME}\nBARE\n')
    assert key_of(forma_mail({}, env_file=file)) == "fm_sk_file"
    assert key_of(forma_mail({"FORMA_MAIL_API_KEY": ""}, env_file=str(file))) == "fm_sk_file"
    assert key_of(forma_mail(MAIL, env_file=file)) == "fm_sk_abc"


def test_a_file_is_taken_literally(tmp_path):
    file = tmp_path / ".env"
    file.write_text("FORMA_MAIL_API_KEY=fm_sk_${HOME}\n")
    assert key_of(forma_mail({}, env_file=file)) == "fm_sk_${HOME}"


def test_a_file_changes_no_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("FORMA_MAIL_API_KEY", raising=False)
    file = tmp_path / ".env"
    file.write_text("FORMA_MAIL_API_KEY=fm_sk_file\n")
    forma_mail(env_file=file)
    with pytest.raises(SettingsError):
        forma_mail()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_an_error_of_the_settings(tmp_path, content):
    file = tmp_path / ".env"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"\.env file"):
        forma_mail({}, env_file=file)


def test_without_dotenv_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "dotenv", None)
    with pytest.raises(SettingsError, match=r"formarelay\[dotenv\]"):
        forma_mail({}, env_file=tmp_path / ".env")
