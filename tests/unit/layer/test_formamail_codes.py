"""Every documented code becomes the error that the table names, with the action that it names."""

from __future__ import annotations

import pytest

from formarelay.errors import FormaError, ServerError
from formarelay.formamail.codes import DOCUMENTED_CODES
from tests.support.fake_http import FakeHttp
from tests.support.mail_api import mail_api

pytestmark = pytest.mark.disable_socket

DOCUMENTED = {
    *("UNAUTHORIZED", "INVALID_API_KEY", "API_KEY_NOT_FOUND", "API_KEY_REVOKED"),
    *("API_KEY_EXPIRED", "FORBIDDEN", "RATE_LIMIT_EXCEEDED", "ERR_QUOTA_001", "ERR_VALID_001"),
    *(f"ERR_LIMIT_00{number}" for number in range(1, 10)),
}


def failure(status: int, body: object) -> FormaError:
    with pytest.raises(FormaError) as caught:
        mail_api(FakeHttp().replies(status, json=body)).emails.send("welcome", "a@example.com")
    return caught.value


def test_the_table_has_every_documented_code_once():
    assert sorted(item.code for item in DOCUMENTED_CODES) == sorted(DOCUMENTED)


@pytest.mark.parametrize("field", ["code", "error"])
@pytest.mark.parametrize("documented", DOCUMENTED_CODES, ids=lambda item: item.code)
def test_a_code_becomes_its_error_and_its_action(documented, field):
    error = failure(documented.status, {field: documented.code, "message": "x"})
    assert type(error) is documented.error
    assert error.code == documented.code
    assert error.suggested_action == documented.action


def test_an_unknown_code_gets_the_action_of_its_class():
    error = failure(500, {"code": "SOMETHING_NEW"})
    assert type(error) is ServerError
    assert error.suggested_action == ServerError.suggested_action


def every_error(kind: type[FormaError] = FormaError) -> list[type[FormaError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_suggests_an_action_in_a_sentence(kind):
    assert kind.suggested_action.endswith(".")
    if kind is not FormaError:
        assert kind.suggested_action != FormaError.suggested_action
