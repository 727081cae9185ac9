from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import pytest

from formarelay.env import Between, Url, read_settings, variable_names
from formarelay.errors import SettingsError

pytestmark = pytest.mark.disable_socket


class OnUnknown(StrEnum):
    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    state_table: str
    api_url: Url
    timeout_seconds: Annotated[float, Between(1, 60)]
    threads: Annotated[int, Between(1, 50)] = 10
    on_unknown: OnUnknown = OnUnknown.RESEND
    verbose: bool = False
    names: tuple[str, ...] = field(default_factory=tuple)


COMPLETE = {
    "STATE_TABLE": " State ",
    "API_URL": "https://api.formamail.com/api",
    "TIMEOUT_SECONDS": "20.5",
}


def faults(**environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(Example, {**COMPLETE, **environment})
    assert type(caught.value) is SettingsError
    assert caught.value.__context__ is None
    return caught.value.detail


def test_variables_fill_the_fields_of_their_names():
    environment = {**COMPLETE, "THREADS": "32", "ON_UNKNOWN": "hold", "VERBOSE": "True", "X": "y"}
    assert read_settings(Example, environment) == Example(
        state_table="State",
        api_url=Url("https://api.formamail.com/api"),
        timeout_seconds=20.5,
        threads=32,
        on_unknown=OnUnknown.HOLD,
        verbose=True,
    )


def test_missing_and_blank_variables_take_the_default():
    environment = {**COMPLETE, "THREADS": "", "ON_UNKNOWN": "  "}
    settings = read_settings(Example, environment)
    assert (settings.threads, settings.on_unknown, settings.names) == (10, OnUnknown.RESEND, ())


def test_every_fault_is_named_at_once():
    with pytest.raises(SettingsError) as caught:
        read_settings(Example, {"STATE_TABLE": " ", "THREADS": "many", "VERBOSE": "yes"})
    assert caught.value.detail == (
        "STATE_TABLE is missing; API_URL is missing; TIMEOUT_SECONDS is missing; "
        "THREADS must be a whole number; VERBOSE must be true or false"
    )


@pytest.mark.parametrize("text", ["0", "51", "-1", "999999999999999999"])
def test_a_whole_number_keeps_its_bounds(text):
    assert faults(THREADS=text) == "THREADS must be from 1 to 50"


@pytest.mark.parametrize("text", ["1.5", "1e2", "0x1", "1_0", "٣", "9" * 5000, "ten"])
def test_a_whole_number_is_digits(text):
    assert faults(THREADS=text) == "THREADS must be a whole number"


@pytest.mark.parametrize("text", ["1", "50", "+7", "007"])
def test_bounds_are_included(text):
    assert read_settings(Example, {**COMPLETE, "THREADS": text}).threads == int(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "ten"])
def test_a_number_is_finite(text):
    assert faults(TIMEOUT_SECONDS=text) == "TIMEOUT_SECONDS must be a number"


@pytest.mark.parametrize("text", ["0.99", "60.01"])
def test_a_number_keeps_its_bounds(text):
    assert faults(TIMEOUT_SECONDS=text) == "TIMEOUT_SECONDS must be from 1 to 60"


@pytest.mark.parametrize(
    "text", ["api.formamail.com", "ftp://x", "https://", "https://[x", "https://x:0", "/x"]
)
def test_a_url_is_absolute(text):
    assert faults(API_URL=text) == "API_URL must be a URL that begins with https:// or http://"


def test_a_choice_is_one_of_its_values():
    assert faults(ON_UNKNOWN="Hold") == "ON_UNKNOWN must be one of resend, hold"


@pytest.mark.parametrize("name", ["API_URL", "TIMEOUT_SECONDS", "THREADS", "ON_UNKNOWN", "VERBOSE"])
def test_a_wrong_value_is_not_shown(name):
    assert "canary" not in faults(**{name: "canary"})


def test_the_names_can_be_listed():
    assert variable_names(Example) == (
        "STATE_TABLE",
        "API_URL",
        "TIMEOUT_SECONDS",
        "THREADS",
        "ON_UNKNOWN",
        "VERBOSE",
        "NAMES",
    )


def test_a_field_of_another_type_is_a_mistake_of_the_programmer():
    with pytest.raises(TypeError):
        read_settings(Example, {**COMPLETE, "NAMES": "a,b"})
