"""Which interpreter and which packages a deployed function gets."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from local.emulator.function_runtime import RuntimeNotProvidedError, interpreter
from local.runtime import runtime_name
from tests.integration.local.stacks import CALLERS_OWN_VARIABLE, UPDATED, Emulator, function

_TELLS_ABOUT_ITSELF = """
    import importlib.util
    import os
    import sys

    def handle(event, context):
        found = {name: importlib.util.find_spec(name) is not None for name in event["packages"]}
        return {
            "prefix": sys.prefix,
            "version": list(sys.version_info[:2]),
            "found": found,
            "variables": sorted(os.environ),
            "path": sys.path,
        }
"""
_PROVIDED = ("boto3", "botocore")
_NOT_PROVIDED = ("ministack", "moto", "pydantic", "requests", "pip", "local", "formarelay")


@pytest.fixture(scope="module")
def told(emulator: Emulator) -> dict[str, object]:
    stack = emulator.create_stack(
        {"Function": function(_TELLS_ABOUT_ITSELF)}, outputs={"Name": {"Ref": "Function"}}
    )
    name = emulator.outputs(stack)["Name"]
    answer: dict[str, object] = emulator.invoke(name, {"packages": [*_PROVIDED, *_NOT_PROVIDED]})
    return answer


def test_interpreter_is_the_runtime_of_the_function(
    emulator: Emulator, told: dict[str, object]
) -> None:
    assert told["prefix"] == str(emulator.runtimes / runtime_name())
    assert told["version"] == list(sys.version_info[:2])


def test_only_the_packages_of_lambda_can_be_imported(told: dict[str, object]) -> None:
    expected = dict.fromkeys(_PROVIDED, True) | dict.fromkeys(_NOT_PROVIDED, False)

    assert told["found"] == expected


def test_environment_of_the_caller_stays_outside(told: dict[str, object]) -> None:
    variables = told["variables"]
    assert isinstance(variables, list)

    assert "AWS_REGION" in variables
    assert {CALLERS_OWN_VARIABLE, "PYTHONPATH", "PYTEST_VERSION"}.isdisjoint(variables)


@pytest.mark.parametrize("runtime", ["python3.9", "python9.9", "nodejs22.x", "../python3.11"])
def test_stack_with_another_runtime_is_refused(emulator: Emulator, runtime: str) -> None:
    stack = emulator.create_stack({"Function": function("", Runtime=runtime)})

    assert f"runtime {runtime} is not provided on this machine" in emulator.failure(stack)


def test_update_to_another_runtime_is_refused_and_rolled_back(emulator: Emulator) -> None:
    code = "def handle(event, context): return event"
    outputs = {"Name": {"Ref": "Function"}}
    stack = emulator.create_stack({"Function": function(code)}, outputs=outputs)
    name = emulator.outputs(stack)["Name"]

    emulator.update_stack(stack, {"Function": function(code, Runtime="python3.9")})

    assert "runtime python3.9 is not provided" in emulator.failure(stack, of=UPDATED)
    assert emulator.invoke(name, 5) == 5


def test_function_made_past_cloudformation_says_what_is_missing(emulator: Emulator) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handle(event, context): return 1")
    emulator.client("lambda").create_function(
        FunctionName="foreign",
        Runtime="python3.9",
        Handler="index.handle",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": code.getvalue()},
    )

    answer = emulator.invoke("foreign")

    expected = f"runtime python3.9 is not provided on this machine (provided: {runtime_name()})"
    assert answer == {"errorMessage": expected, "errorType": "RuntimeNotProvidedError"}


def test_missing_runtime_names_those_that_exist(tmp_path: Path) -> None:
    for name in ("python3.12", "python3.11"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").touch()

    assert interpreter("python3.12", directory=tmp_path) == tmp_path / "python3.12/bin/python"
    with pytest.raises(RuntimeNotProvidedError) as caught:
        interpreter("python3.13", directory=tmp_path)
    assert type(caught.value) is RuntimeNotProvidedError
    assert str(caught.value) == (
        "runtime python3.13 is not provided on this machine (provided: python3.11, python3.12)"
    )
