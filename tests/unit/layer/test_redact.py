from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import msgspec
import pytest

from formarelay.keys import MintedKey
from formarelay.redact import Secret, fingerprint, mask

pytestmark = pytest.mark.disable_socket

KEY = "fm_sk_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        "{}".format,
        "{!r}".format,
        "{:>60}".format,
        lambda secret: f"{secret}",
        lambda secret: f"{secret:s}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  # the logging module's way
        lambda secret: repr([secret]),
        lambda secret: repr({"key": secret}),
        lambda secret: str(ValueError(secret)),
        lambda secret: repr(MintedKey(key_id="key-1", value=secret)),
    ],
)
def test_a_secret_does_not_show_itself(show):
    shown = show(Secret(KEY))
    assert "a1b2" not in shown
    assert f"Secret({fingerprint(KEY)})" in shown


def test_a_secret_is_revealed_on_request():
    assert Secret(KEY).reveal() == KEY


def test_a_secret_has_no_dictionary_and_leaves_no_process():
    secret = Secret(KEY)
    with pytest.raises(TypeError):
        vars(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)


def test_a_secret_survives_copying():
    @dataclasses.dataclass
    class Holder:
        secret: Secret

    secret = Secret(KEY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret
    assert dataclasses.asdict(Holder(secret))["secret"] is secret
    assert msgspec.structs.asdict(MintedKey(key_id="key-1", value=secret))["value"] is secret


def test_secrets_compare_by_their_text():
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret(KEY) != KEY
    assert Secret("é\ud800") == Secret("é\ud800")
    assert len({Secret(KEY), Secret(KEY), Secret("other")}) == 2


def test_a_fingerprint_is_eight_stable_hex_digits():
    # Fixed for ever: logs of old and new versions must name one key alike.
    assert fingerprint("fm_sk_example") == "a81decd1"
    assert fingerprint(Secret("fm_sk_example")) == fingerprint("fm_sk_example")
    assert fingerprint("fm_sk_example2") != fingerprint("fm_sk_example")
    assert fingerprint("\ud800") != fingerprint("")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        (f'{{"apiKey":"{KEY}","id":1}}', '{"apiKey":"***","id":1}'),
        (f"{KEY} {KEY}", "*** ***"),
        ("JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_x", "JWT ***"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "***"),
        ("nothing here, not even eyJ or fm_sk_", "nothing here, not even eyJ or fm_sk_"),
    ],
)
def test_what_looks_like_a_key_or_a_token_is_masked(text, masked):
    assert mask(text) == masked


def test_given_secrets_are_masked_wherever_they_stand():
    assert mask("a=hunter2&b=xhunter2x", "hunter2") == "a=***&b=x***x"
    assert mask("a=hunter2", Secret("hunter2")) == "a=***"


def test_the_longer_secret_goes_first():
    assert mask("abcdef", "abc", "abcdef") == "***"


def test_an_empty_secret_masks_nothing():
    assert mask("abc", "", Secret("")) == "abc"
