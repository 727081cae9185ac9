"""Bodies made to hurt: each is refused quickly, with its reason."""

from __future__ import annotations

import threading
import time

import pytest

from formarelay.errors import MalformedMessageError
from formarelay.message import parse_message

MEBIBYTE = 1024 * 1024
HEAD = '{"templateId":"t","to":[{"email":"ada@example.com"}],"variables":{"a":'


def refusal(body: str) -> tuple[str, str]:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(body, message_id="m-1")
    assert type(caught.value) is MalformedMessageError
    return caught.value.reason, caught.value.detail


def filled(unit: str, *, head: str = "", tail: str = "") -> str:
    return head + unit * ((MEBIBYTE - len(head) - len(tail)) // len(unit)) + tail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("", "body: is not JSON, it ends too early"),
        (" \n\t", "body: is not JSON, it ends too early"),
        ("{", "body: is not JSON, it ends too early"),
        ("please send", "body: is not JSON (byte 0)"),
        ("{'a':1}", "body: is not JSON (byte 1)"),
        ('{"a":1,}', "body: is not JSON (byte 7)"),
        ('{"a":1} {}', "body: is not JSON (byte 9)"),
        ("\ufeff{}", "body: is not JSON (byte 0)"),
        (HEAD + "NaN}}", "body: is not JSON (byte 70)"),
        (HEAD + "Infinity}}", "body: is not JSON (byte 70)"),
        (HEAD + "-Infinity}}", "body: is not JSON (byte 71)"),
        (HEAD + '"a\nb"}}', "body: is not JSON (byte 72)"),
        (HEAD + '"a\x00b"}}', "body: is not JSON (byte 72)"),
        (HEAD + '"\\x41"}}', "body: is not JSON (byte 73)"),
        (HEAD + "01}}", "body: is not JSON (byte 71)"),
        (HEAD + '["\\ud800",NaN]}}', "body: is not JSON (byte 78)"),
        (HEAD + '"\\ud800"', "body: is not JSON, it ends too early"),
    ],
)
def test_not_json(body: str, detail: str) -> None:
    assert refusal(body) == ("not_json", detail)


@pytest.mark.parametrize("body", ["[]", "null", "7", '"text"', "true", "[{}]"])
def test_not_an_object(body: str) -> None:
    assert refusal(body) == ("not_an_object", "body: must be a JSON object")


@pytest.mark.parametrize(
    "body",
    [
        HEAD + '"\\ud800"}}',
        HEAD + '"\\udc00\\ud800"}}',
        HEAD + '"\\ud800\\u0041"}}',
        HEAD + '"\ud800"}}',
        '{"\\udfff":1}',
        '{"templateId":"\\ud83d"}',
    ],
)
def test_lone_surrogates(body: str) -> None:
    assert refusal(body) == ("invalid_unicode", "body: holds a lone surrogate")


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_message(HEAD + '"\\ud83d\\ude00"}}', message_id="m").variables == {"a": "😀"}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"templateId":"a","templateId":"a"}', "'templateId'"),
        ('{"templateId":"a","template\\u0049d":"b"}', "'templateId'"),
        (HEAD + '1,"a":1}}', "'a'"),
        (HEAD + '[{"b":{"c":1,"c":1}}]}}', "'c'"),
        (HEAD + '{"":1,"":2}}}', "''"),
        (HEAD + '{"\\u0022":1,"\\"":2}}}', "'\"'"),
        # Two marks written as \u0022 make up for the two of the key that gets lost.
        (HEAD + '1,"a":"\\u0022\\u0022"}}', "'a'"),
        (HEAD + '"\\u0022","b":1,"b":"\\u0022"}}', "'b'"),
        ('{"templateId":"a","to":[{"email":"x","email":"y"}]}', "'email'"),
        (
            '{"\\n\\u202e' + "k" * 80 + '":1,"\\n\\u202e' + "k" * 80 + '":1}',
            "'\\n\\u202e" + "k" * 62 + "...'",
        ),
    ],
)
def test_duplicate_keys(body: str, key: str) -> None:
    assert refusal(body) == ("duplicate_key", f"body: holds the key {key} twice in one object")


def test_quotation_marks_in_texts_are_no_keys() -> None:
    body = HEAD + '"\\u0022\\"\\\\u0022","b":{"a":1},"c":[{"a":"\\u0022:"},{"a":2}]}}'

    assert parse_message(body, message_id="m").variables == {
        "a": '""\\u0022',
        "b": {"a": 1},
        "c": [{"a": '":'}, {"a": 2}],
    }


def test_numbers() -> None:
    text = HEAD + "[123456789012345678901234567890,1e308,-0.0,5e-324]}}"
    numbers = parse_message(text, message_id="m").variables["a"]
    assert numbers == [123456789012345678901234567890, 1e308, 0.0, 5e-324]

    out_of_range = ("invalid_value", "body: holds a number that is out of range")
    assert refusal(HEAD + "1e309}}") == out_of_range
    assert refusal(HEAD + "-1e999999999}}") == out_of_range
    assert refusal(HEAD + "9" * 5000 + "}}") == out_of_range


def test_depth() -> None:
    def nested(levels: int) -> str:
        return HEAD + "[" * levels + "]" * levels + "}}"

    parse_message(nested(30), message_id="m")
    for levels in (31, 500, 900, 1_000, 10_000, 400_000):
        reason, detail = refusal(nested(levels))
        assert reason == "too_deep"
        assert detail.endswith(": nests deeper than 32 levels")


def test_size_is_counted_in_bytes_of_utf_8() -> None:
    fitting = filled("é", head=HEAD + '"', tail='"}}')[: MEBIBYTE // 2]
    body = HEAD + '"' + "é" * ((MEBIBYTE - len(HEAD) - 4) // 2) + '"}}'
    assert len(body.encode()) in (MEBIBYTE, MEBIBYTE - 1)
    assert len(fitting) < len(body) < MEBIBYTE
    parse_message(body, message_id="m")

    too_large = ("too_large", "body: exceeds 1048576 bytes")
    assert refusal(body.replace("é", "éé", 1)) == too_large
    assert refusal("x" * (MEBIBYTE + 1)) == too_large
    assert refusal(" " * (11 * 1000 * 1000)) == too_large


HOSTILE: dict[str, tuple[str, str]] = {
    "brackets": (filled("["), "too_deep"),
    "objects": (filled('{"a":'), "too_deep"),
    "alternating": (filled('[{"a":'), "too_deep"),
    "digits": (filled("9", head=HEAD, tail="}}"), "invalid_value"),
    "spaces": (filled(" "), "not_json"),
    "escapes": (filled("\\u0022", head='{"', tail='":1}'), "unknown_field"),
    "places": (filled(" - at `$.to", head='{"', tail='":1}'), "unknown_field"),
    "dollars": (filled("` - at `$", head='{"', tail='":1}'), "unknown_field"),
    "address": (filled("a@", head='{"templateId":"t","to":[{"email":"', tail='"}]}'),
                "invalid_value"),
    "recipients": (filled('{"email":"a@b.c"},', head='{"templateId":"t","to":[', tail="0]}"),
                   "too_many_recipients"),
    "nul": (filled("\\u0000", head=HEAD + '"', tail='"}}'), "control_character"),
    "backslashes": (filled("\\\\", head=HEAD + '"', tail='\\u0000"}}'), "control_character"),
    "twice": (filled('"\\u0022",', head=HEAD + "[", tail='{"b":1,"b":1}]}}'), "duplicate_key"),
    "base64": (
        filled("QUJD", head=HEAD + '1},"attachments":[{"filename":"a","content":"', tail='!"}]}'),
        "invalid_value",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mebibyte_of_anything_is_refused_quickly(name: str) -> None:
    body, reason = HOSTILE[name]
    assert MEBIBYTE - 20 < len(body.encode()) <= MEBIBYTE
    seconds = []
    for _ in range(3):
        started = time.process_time()
        assert refusal(body)[0] == reason
        seconds.append(time.process_time() - started)

    # The machine may be slow and busy; what grows with the square of the size takes minutes.
    assert min(seconds) < (0.05 if reason == "too_deep" else 0.5)


def test_the_small_stack_of_a_thread_is_enough() -> None:
    reasons: list[str] = []
    bodies = [filled("["), filled('{"a":'), HEAD + "[" * 900 + "]" * 900 + "}}"]

    def work() -> None:
        reasons.extend(refusal(body)[0] for body in bodies)

    before = threading.stack_size(1024 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)
    finally:
        threading.stack_size(before)

    assert reasons == ["too_deep"] * 3


def test_brackets_in_texts_do_not_nest() -> None:
    brackets = "[{" * 20_000
    escaped = '\\"[{' * 100 + "\\\\"

    parsed = parse_message(f'{HEAD}["{brackets}","{escaped}",[]]}}}}', message_id="m")

    assert parsed.variables == {"a": [brackets, '"[{' * 100 + "\\", []]}


def test_depth_is_found_behind_a_wide_beginning() -> None:
    wide = "[]," * 20_000

    parse_message(f"{HEAD}[{wide}{'[' * 29}{']' * 29}]}}}}", message_id="m")
    assert refusal(f"{HEAD}[{wide}{'[' * 30}{']' * 30}]}}}}")[0] == "too_deep"
    assert refusal(f"{HEAD}[{wide}{'[' * 300_000}")[0] == "too_deep"
