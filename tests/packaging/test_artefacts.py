"""What is built imports in a clean interpreter, with valid bytecode and nothing unwanted."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from bench.budget import FILE

FUNCTIONS = {
    "SendEmailFunction": "send_email",
    "SettleUnknownFunction": "settle_unknown",
    "RotateKeysFunction": "rotate_keys",
    "PublishUsageFunction": "publish_usage",
}
LAYER = "FormarelayLayer"

UNCHECKED_HASH = b"\x01\x00\x00\x00"


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


@pytest.mark.parametrize(("function", "package"), FUNCTIONS.items())
def test_a_handler_imports_with_the_layer_and_boto3_alone(
    built_here, lambda_python, function, package
):
    code = f"import {package}.handler as h; print(h.lambda_handler.__name__, h.__file__)"
    found = subprocess.run(
        [str(lambda_python), "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={
            "PYTHONPATH": f"{built_here / LAYER / 'python'}:{built_here / function}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "POWERTOOLS_METRICS_NAMESPACE": "formarelay",
        },
    )
    assert found.stderr == ""
    name, path = found.stdout.split()
    assert name == "lambda_handler"
    assert Path(path) == built_here / function / package / "handler.py"


def test_every_module_has_bytecode_that_no_zip_can_make_stale(built_here):
    modules = files(built_here, "*.py")
    assert len(modules) > 100
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(str(module)))
        assert compiled.read_bytes()[4:8] == UNCHECKED_HASH, module
    compiled_sources = {
        path.parent.parent / f"{path.name.split('.')[0]}.py" for path in files(built_here, "*.pyc")
    }
    assert compiled_sources == set(modules)


@pytest.mark.parametrize("build", ["built_here", "built_for_aws"])
def test_functions_hold_their_own_package_and_nothing_else(build, request):
    folder = request.getfixturevalue(build)
    for function, package in FUNCTIONS.items():
        assert [path.name for path in (folder / function).iterdir()] == [package]


@pytest.mark.parametrize("build", ["built_here", "built_for_aws"])
def test_the_layer_holds_no_tests_secrets_or_commands(build, request):
    folder = request.getfixturevalue(build) / LAYER
    assert [path.name for path in folder.iterdir()] == ["python"]
    assert not (folder / "python" / "bin").exists()
    assert not (folder / "python" / "boto3").exists()
    # For use outside Lambda alone.
    assert not (folder / "python" / "dotenv").exists()
    unwanted = [".env", "*.pem", "conftest.py", "test_*.py", "Makefile", "*.in"]
    found = [path for pattern in unwanted for path in files(folder, pattern)]
    assert [path for path in found if path.name != "cacert.pem"] == []


def test_the_layer_stays_small(built_for_aws, built_here):
    """The one with bytecode and the one without: what Lambda unpacks at each cold start."""
    budget = json.loads(FILE.read_text())["layer_bytes"]
    for build in (built_for_aws, built_here):
        assert sum(path.stat().st_size for path in files(build / LAYER, "*")) <= budget


def test_a_build_for_arm64_holds_arm64_code_of_that_python_only(built_for_aws):
    machines = {path.read_bytes()[18:20] for path in files(built_for_aws, "*.so")}
    assert machines == {(0xB7).to_bytes(2, "little")}  # ELF e_machine of AArch64
    versions = {path.name.split(".")[1] for path in files(built_for_aws, "*.so")}
    assert {version.split("-")[1] for version in versions if "cpython" in version} == {"313"}
