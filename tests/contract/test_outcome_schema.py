"""The published schema of outcome events, their samples, and the code that makes them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from formarelay.claims import Unsettled
from formarelay.identity import identify
from formarelay.message import parse_message
from send_email.announcement import SOURCE, VERSION, Ending, announcement_of
from send_email.outcome import Expired, Outcome, Sent, SetAside
from send_email.record import QueueRecord, Result
from settle_unknown import announcement as of_the_sweep

EVENTS = Path(__file__).parents[2] / "events"
SCHEMA = json.loads((EVENTS / "schemas" / "outcome_event.v1.schema.json").read_text())
DETAIL = SCHEMA["$defs"]["Detail"]
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
AT = 1_767_225_602.5

FOUND_LATER = "accepted_found_later"

# What each sample is the event of: how its mail ended.
ENDS: dict[str, Outcome] = {
    "accepted": Sent(email_id="em_01", attempts=1, how="call"),
    "accepted_in_part": Sent(email_id="em_02", attempts=2, how="lookup", blocked_recipients=1),
    # Made by the sweep, which knows no message.
    FOUND_LATER: Sent(email_id="em_07", attempts=1, how="lookup"),
    "refused": SetAside(reason="attachment_changed", detail="attachments[0].s3: another"),
    "refused_unread": SetAside(reason="not_json", detail="body: must be JSON"),
    "expired": Expired(),
    "held": SetAside(reason="outcome_unknown", detail="no emails:read", attempts=1),
}


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / "outcomes" / f"outcome.{name}.json").read_text())
    return event


def made(name: str) -> tuple[str, dict[str, str | int]]:
    """The event that the code makes of a mail with the ids of the sample."""
    detail = sample(name)["detail"]
    if name == FOUND_LATER:
        mail = Unsettled(
            entry="mail#1",
            relay_id=detail["relayId"],
            claim_id="c",
            first_call_at=AT,
            last_call_at=AT,
            attempts=1,
        )
        return of_the_sweep.announcement_of(mail, email_id="em_07", at=AT)
    key = detail.get("idempotencyKey", "")
    relay_id = ""
    if key:
        body = {"templateId": "t", "to": [{"email": "ada@example.com"}], "idempotencyKey": key}
        message = parse_message(json.dumps(body), message_id=detail["messageId"])
        relay_id = identify(message).relay_id
    record = QueueRecord(message_id=detail["messageId"], receipt_handle="r", body="")
    result = Result(record=record, outcome=ENDS[name], relay_id=relay_id)
    announcement = announcement_of(result, idempotency_key=key, at=AT)
    assert announcement is not None
    return announcement


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_sample_is_known() -> None:
    names = {path.name for path in (EVENTS / "outcomes").iterdir()}
    assert names == {f"outcome.{name}.json" for name in ENDS}


@pytest.mark.parametrize("name", ENDS)
def test_a_sample_is_what_the_code_makes(name: str) -> None:
    event = sample(name)
    assert (event["detail-type"], event["detail"]) == made(name)
    assert event["source"] == SOURCE


@pytest.mark.parametrize("name", ENDS)
def test_a_sample_is_valid(name: str) -> None:
    VALIDATOR.validate(sample(name))


def test_the_schema_names_the_fields_and_ends_of_the_code_and_no_others() -> None:
    fields = {field for name in ENDS for field in made(name)[1]}
    assert fields == set(DETAIL["properties"])
    assert set(DETAIL["properties"]["outcome"]["enum"]) == set(Ending)
    assert {end["title"] for end in SCHEMA["oneOf"]} == set(Ending)
    assert set(SCHEMA["properties"]["detail-type"]["enum"]) == {made(name)[0] for name in ENDS}
    assert SCHEMA["properties"]["source"]["const"] == SOURCE
    assert DETAIL["properties"]["version"]["const"] == VERSION


def test_the_sweep_speaks_as_the_sender_does() -> None:
    assert (of_the_sweep.SOURCE, of_the_sweep.VERSION) == (SOURCE, VERSION)


@pytest.mark.parametrize("name", ENDS)
def test_no_field_can_be_missing_that_the_code_always_gives(name: str) -> None:
    # Left out where they are not known, or are nothing to speak of.
    optional = {"idempotencyKey", "blockedRecipients"}
    if name in ("refused", "refused_unread"):
        optional.add("relayId")
    if name.startswith("accepted"):
        # The sweep knows none.
        optional.add("messageId")
    for field in sample(name)["detail"]:
        event = sample(name)
        del event["detail"][field]
        assert VALIDATOR.is_valid(event) == (field in optional), field


@pytest.mark.parametrize("name", ENDS)
def test_an_event_cannot_be_of_two_kinds(name: str) -> None:
    event = sample(name)
    for kind in SCHEMA["properties"]["detail-type"]["enum"]:
        other = copy.deepcopy(event) | {"detail-type": kind}
        assert VALIDATOR.is_valid(other) == (kind == event["detail-type"])
    for ending in Ending:
        other = copy.deepcopy(event)
        other["detail"]["outcome"] = ending
        assert VALIDATOR.is_valid(other) == (ending == event["detail"]["outcome"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2),
        ("relayId", "ada@example.com"),
        ("time", "2026-01-01T00:00:02+01:00"),
        ("attempts", "1"),
        ("emailId", ""),
        ("reason", "two words"),
    ],
)
def test_the_schema_refuses_other_values(field: str, value: object) -> None:
    event = sample("held" if field == "reason" else "accepted")
    event["detail"][field] = value
    assert not VALIDATOR.is_valid(event)


def test_a_field_of_a_later_release_breaks_no_reader() -> None:
    event = sample("accepted")
    event["detail"]["later"] = 1
    VALIDATOR.validate(event)
