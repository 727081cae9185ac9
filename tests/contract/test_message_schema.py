"""The published schema is the code's, and says of every sample what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formarelay.errors import MalformedMessageError
from formarelay.message import Reason, parse_message
from formarelay.message.schema import main, message_schema, schema_text

EVENTS = Path(__file__).parents[2] / "events"
SCHEMA_FILE = EVENTS / "schemas" / "email_message.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(message_schema())
# What the schema cannot state, and says that it cannot.
BEYOND_THE_SCHEMA = {
    "malformed.control_character.nul_in_variables",
    "malformed.duplicate_key.header_case",
    "malformed.duplicate_key.nested",
    "malformed.duplicate_key.template",
    "malformed.invalid_unicode.lone_surrogate",
    "malformed.invalid_value.scheduled_after_expiry",
    "malformed.not_json.nan",
    "malformed.too_deep.variables",
    "malformed.too_large.metadata",
    "malformed.too_many_recipients.together",
    "malformed.unsupported_wrapper.three_levels",
}
VALID = sorted(path.stem for path in EVENTS.glob("email.*.json"))
MALFORMED = sorted(path.stem for path in EVENTS.glob("malformed.*.json"))
MIXED = sorted(path.stem for path in EVENTS.glob("mixed.*.json"))


def records(name: str) -> list[dict[str, Any]]:
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    assert list(event) == ["Records"]
    found: list[dict[str, Any]] = event["Records"]
    return found


def content(body: str) -> Any:
    """The message inside the wrappers, found without the code under test."""
    value = json.loads(body)
    if isinstance(value, dict) and value.get("Type") == "Notification":
        return content(value["Message"])
    if isinstance(value, dict) and "detail-type" in value:
        return content(json.dumps(value["detail"]))
    return value


def reason_for(record: dict[str, Any]) -> str:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(record["body"], message_id=record["messageId"])
    return caught.value.reason


def test_the_published_schema_is_the_one_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(message_schema())


def test_every_sample_is_of_a_known_kind() -> None:
    assert sorted(path.stem for path in EVENTS.glob("*.json")) == sorted(VALID + MALFORMED + MIXED)
    assert {name.split(".")[1] for name in MALFORMED} == set(Reason)


@pytest.mark.parametrize("name", VALID)
def test_valid_samples(name: str) -> None:
    for record in records(name):
        message = parse_message(record["body"], message_id=record["messageId"])

        assert message.message_id == record["messageId"]
        VALIDATOR.validate(content(record["body"]))


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_samples(name: str) -> None:
    (record,) = records(name)

    assert reason_for(record) == name.split(".")[1]
    try:
        accepted = VALIDATOR.is_valid(content(record["body"]))
    except ValueError:
        accepted = False
    assert accepted == (name in BEYOND_THE_SCHEMA)


def test_a_batch_with_a_malformed_message_between_two_good_ones() -> None:
    assert MIXED == ["mixed.good_malformed_good"]
    first, second, third = records("mixed.good_malformed_good")

    for record in (first, third):
        parse_message(record["body"], message_id=record["messageId"])
    assert reason_for(second) == "not_json"


def test_no_two_samples_are_the_same_mail() -> None:
    """Whoever sends them one after the other to a stack meets no conflict of keys."""
    keys = [
        parse_message(record["body"], message_id=record["messageId"]).effective_key
        for name in VALID
        for record in records(name)
    ]

    assert len(keys) == len(set(keys))


def test_every_field_of_the_contract_has_a_sample() -> None:
    (record,) = records("email.every_field")

    assert set(content(record["body"])) == set(message_schema()["properties"])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "schema.json"

    assert main(["--check", str(target)]) == 1
    assert main(["--write", str(target)]) == 0
    assert main(["--check", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == schema_text()
    target.write_text(schema_text().replace("998", "999"), encoding="utf-8")
    assert main(["--check", str(target)]) == 1
    assert capsys.readouterr().out == ""
    assert main([]) == 0
    assert capsys.readouterr().out == schema_text()


texts = st.text(max_size=12) | st.sampled_from(
    ["a@b.c", '"a@b"@c', "QUJD", "QQ==", "QUI=", "high", "pdf", "2030-01-01T00:00:00Z", "a" * 64,
     "https://example.com", "X-A", "list-id", "a\n", "..", "a/../b", "2030-01-01 00:00:00+0100"]
)  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def some_object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects with the fields of a definition, each right or of any kind."""
    return st.fixed_dictionaries(
        {}, optional={name: some_value(field) for name, field in schema["properties"].items()}
    )


def some_value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    definitions = message_schema()["$defs"]
    if "$ref" in schema:
        return some_object(definitions[schema["$ref"].removeprefix("#/$defs/")])
    for alternative in schema.get("anyOf", ()):
        if alternative.get("type") != "null":
            return some_value(alternative) | st.none()
    if schema.get("type") == "array":
        return st.lists(some_value(schema["items"]), max_size=3)
    if schema.get("type") == "object":
        return st.dictionaries(texts, anything, max_size=3)
    return texts if schema.get("type") == "string" else anything


def one_field(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return some_value(message_schema()["properties"][name]).map(lambda value: {name: value})


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(sorted(message_schema()["properties"])).flatmap(one_field))
def test_code_and_schema_agree_on_any_value_of_any_field(field: dict[str, Any]) -> None:
    body = {"templateId": "t", "to": [{"email": "a@b.c"}]} | field
    try:
        parse_message(json.dumps(body), message_id="m-1")
    except MalformedMessageError as error:
        refused = error.reason
    else:
        VALIDATOR.validate(body)
        return
    # Beyond the schema: see its description. It leaves dates to the check of formats, which is
    # optional in JSON Schema and off here.
    assert not VALIDATOR.is_valid(body) or (
        refused in {"invalid_unicode", "control_character", "duplicate_key"}
        or (refused == "invalid_value" and field.keys() <= {"scheduledAt", "expiresAt"})
    )
