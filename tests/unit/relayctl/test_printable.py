"""Text of strangers, made harmless."""

from __future__ import annotations

import json
import unicodedata

import pytest

from relayctl.printable import (
    printable,
    printable_json,
    shortened,
    without_addresses,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("order 4711: [bold]é ß 漢字 🙂[/bold]", "order 4711: [bold]é ß 漢字 🙂[/bold]"),
        ("\x1b[2J\x07", "\\u001b[2J\\u0007"),
        ("\x9b31m\x85", "\\u009b31m\\u0085"),
        ("a\r\nb\tc\x7f", "a\\u000d\\u000ab\\u0009c\\u007f"),
        ("\u2028\u2029\xa0\u3000", "\\u2028\\u2029\\u00a0\\u3000"),
        ("\u202e\u2066\u200f\u061c", "\\u202e\\u2066\\u200f\\u061c"),
        ("\u200b\u2060\ufeff\xad", "\\u200b\\u2060\\ufeff\\u00ad"),
        ("\ud800", "\\ud800"),
        ("\U000e0041\U0010ffff", "\\U000e0041\\U0010ffff"),
        ("e\u0301\u20dd", "e\\u0301\\u20dd"),
        ("\u05d0\u0645\u0661", "\\u05d0\\u0645\\u0661"),
    ],
)
def test_what_acts_on_a_terminal_is_escaped_and_the_rest_is_not(text, shown):
    assert printable(text) == shown


def test_no_character_of_unicode_gets_through_that_does_more_than_stand_there():
    categories = {
        unicodedata.category(character)
        for code in (*range(0x12000), *range(0xD7A0, 0xE010), *range(0xE0000, 0xE0200))
        for character in printable(chr(code))
    }
    harmful = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Mc", "Me"}
    assert categories & harmful == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ada@example.com", "<address>"),
        ("welcome:ada@example.com/7", "welcome:<address>/7"),
        ('to "ada.b+c@example.co.uk", no', 'to "<address>", no'),
        ("a@b, c@d", "<address>, <address>"),
        ("at @ sign, @home, away@", "at @ sign, @home, away@"),
        ("ada\u200b@example.com", "<address>"),
    ],
)
def test_addresses_are_masked(text, shown):
    assert without_addresses(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("x" * 10, "x" * 10), ("x" * 11, "xxxxxxx..."), ("", "")]
)
def test_long_text_is_cut_with_a_sign(text, shown):
    assert shortened(text, characters=10) == shown


def test_json_is_exact_and_holds_nothing_but_printable_ascii():
    text = "".join(chr(code) for code in range(0x500)) + "\u202e\ud800🙂"
    document = printable_json({"text": text})
    assert json.loads(document)["text"] == text
    assert {character for character in document if not " " <= character <= "~"} == {"\n"}
