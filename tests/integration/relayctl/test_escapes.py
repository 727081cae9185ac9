"""Nothing in a queue can act on the terminal of whoever looks at it."""

from __future__ import annotations

import json
import re

import pytest

from tests.integration.relayctl.station import body

# What this command's own colours are made of.
OWN_STYLES = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A)")
# Title and clipboard (OSC), cursor and colours (CSI, also in its one-character form), bell, line
# breaks of four kinds, delete, direction and its marks, invisible characters, a lone tag.
HOSTILE = (
    "\x1b]0;owned\x07 \x1b[2J\x1b[31m \x9b31m \r\n \x85 \u2028 \x7f \u202e\u2066 \u200b\ufeff "
    "\U000e0041 \u0301 \u0645\u0631 [bold red]markup[/bold red] :bomb:"
)
# SQS takes no control characters but tab and line breaks: what it lets through must do.
IN_SQS = "".join(character for character in HOSTILE if character not in "\x1b\x07")


def forbidden_in(text: str) -> set[str]:
    bare = OWN_STYLES.sub("", text)
    return {
        character for character in bare if not character.isprintable() and character not in "\n\r"
    } | ({"\u0301", "\u0645", "\u0631"} & set(bare))


@pytest.fixture
def hostile(station):
    attributes = {
        name: {"DataType": "String", "StringValue": f"{name} {IN_SQS}"}
        for name in ("reason", "detail", "idempotencyKey")
    }
    bodies = [
        json.dumps({"templateId": "t", "to": [], IN_SQS: HOSTILE}),
        body(f"order {HOSTILE}"),
        body("order-1", variables={"note": HOSTILE}).replace("order-1", "order-2"),
        json.dumps({"templateId": IN_SQS, "to": [{"email": "a@example.com"}]}, ensure_ascii=False),
        IN_SQS,
    ]
    station.put_raw(station.dead_letter_queue, bodies, attributes)
    return station


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--show-body"],
        ["list", "--json", "--show-body"],
        ["explain"],
        ["explain", "--show-body"],
        ["explain", "--json", "--show-body"],
        ["replay", "--dry-run"],
        ["replay"],
    ],
    ids=" ".join,
)
def test_no_command_prints_what_a_terminal_acts_on(hostile, arguments, terminal):
    shown = hostile.run(*arguments, terminal=terminal)
    assert forbidden_in(shown.output) == set()
    assert forbidden_in(shown.messages) == set()
    # A carriage return would let a text overwrite the line it stands on.
    assert "\r" not in shown.output


def test_what_is_escaped_can_still_be_read(station):
    facts = {"reason": {"DataType": "String", "StringValue": "a\u202eb\r\nc\x7f \u0645 é [b]x[/b]"}}
    station.put_raw(station.dead_letter_queue, ["{\u2066}"], facts)
    shown = station.run("list", "--show-body").output
    readable = "a\\u202eb\\u000d\\u000ac\\u007f \\u0645 é [b]x[/b]"
    assert shown.splitlines()[0] == f"     1 {readable}"
    assert f"\n{readable} " in shown
    assert shown.splitlines()[-1] == "  {\\u2066}"


def test_json_gives_back_exactly_what_was_there(hostile):
    documents = hostile.run("list", "--json", "--show-body").documents
    assert json.loads(documents[0]["body"])[IN_SQS] == HOSTILE
    assert documents[0]["detail"] == f"detail {IN_SQS}"


def test_long_texts_are_cut_in_tables_only(station):
    station.set_aside("{}", reason="r", detail="x" * 400)
    assert "x" * 157 + "... " in station.run("list").output
    assert "x" * 158 not in station.run("list").output
    assert station.run("list", "--json").documents[0]["detail"] == "x" * 400


def test_facts_of_any_length_are_held_to_what_the_relay_writes(station):
    attributes = {"detail": {"DataType": "String", "StringValue": "x" * 100_000}}
    station.put_raw(station.dead_letter_queue, ["{}"], attributes)
    assert station.run("list", "--json").documents[0]["detail"] == "x" * 512
