"""The page of the clients says what the code does."""

from __future__ import annotations

from formarelay.formaloo.api import FormalooApi
from formarelay.formamail.api import FormaMailApi
from formarelay.standalone import FormalooSettings, FormaMailSettings, WriteOnlySettings
from tests.support.error_table import PAGE, with_tables
from tests.support.fake_http import FakeHttp
from tests.support.form_api import form_api
from tests.support.mail_api import mail_api


def calls_of(part: object) -> list[str]:
    return [name for name in vars(type(part)) if not name.startswith("_")]


def test_the_tables_of_errors_are_those_of_the_code():
    page = PAGE.read_text()
    assert page == with_tables(page), "run python -m tests.support.error_table --write"


def test_every_variable_stands_on_the_page():
    page = PAGE.read_text()
    for settings in (FormaMailSettings, FormalooSettings, WriteOnlySettings):
        for name in settings.__dataclass_fields__:
            assert f"`{name.upper()}`" in page


def test_every_call_stands_on_the_page():
    page = PAGE.read_text()
    apis: tuple[FormaMailApi | FormalooApi, ...] = (mail_api(FakeHttp()), form_api(FakeHttp()))
    for api in apis:
        parts = {name: part for name, part in vars(api).items() if not name.startswith("_")}
        for name, part in parts.items():
            if name not in {"client", "submit"}:
                assert f"| `{name}` |" in page
                assert [call for call in calls_of(part) if f"`{call}" not in page] == []
        for call in calls_of(api):
            assert f"`{call}()`" in page
