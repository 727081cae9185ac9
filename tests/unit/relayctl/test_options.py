"""The words on the command line: wrong usage touches nothing and ends with 2."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from relayctl.cli import main
from relayctl.dead_letters.options import add_dead_letters


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_dead_letters(parser.add_subparsers(dest="topic"))
    return parser.parse_args(["dead-letters", *words])


def test_defaults_are_the_careful_ones():
    assert vars(parsed("replay")) == {
        "topic": "dead-letters",
        "command": "replay",
        "stack": None,
        "env_file": None,
        "reason": [],
        "message_ids": [],
        "limit": None,
        "dry_run": False,
        "rate": None,
        "delete_settled": False,
        "allow_duplicates": False,
    }


def test_everything_can_be_said():
    options = parsed("explain", "--env-file", "f", "--reason", "a", "--reason", "b", "--id", "m")
    assert (options.env_file, options.reason, options.message_ids) == (Path("f"), ["a", "b"], ["m"])
    options = parsed("replay", "--stack", "s", "--limit", "7", "--rate", "0.1", "--dry-run")
    assert (options.stack, options.limit, options.rate, options.dry_run) == ("s", 7, 0.1, True)
    assert parsed("list", "--json", "--show-body").show_body


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dead-letters"],
        ["dead-letters", "purge"],
        ["dead-letters", "replay", "--json"],
        ["dead-letters", "replay", "--show-body"],
        ["dead-letters", "list", "--dry-run"],
        ["dead-letters", "replay", "--delete"],
        ["dead-letters", "list", "--stack", "s", "--env-file", "f"],
        ["dead-letters", "list", "--limit", "0"],
        ["dead-letters", "list", "--limit", "-1"],
        ["dead-letters", "list", "--limit", "1e3"],
        ["dead-letters", "list", "--limit", "٣"],
        ["dead-letters", "replay", "--rate", "0.09"],
        ["dead-letters", "replay", "--rate", "nan"],
        ["dead-letters", "replay", "--rate", "inf"],
        ["dead-letters", "replay", "--rate", "fast"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_help_says_what_each_exit_status_means(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["dead-letters", "replay", "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "0 done, 1 something failed, 2 wrong usage, 130 interrupted" in shown
    assert "a replay\nof such a message is a new mail" in shown
