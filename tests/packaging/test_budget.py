"""A cold start imports what was agreed in `bench/budget.json`, and nothing crept in."""

from __future__ import annotations

import json
import os

import pytest

from bench.budget import FILE, FUNCTIONS, compared, imported

LAYER = "FormarelayLayer"
# Each costs a cold start 20 to 400 ms, and none is on any path.
FORBIDDEN = {
    "boto3",
    "s3transfer",
    "requests",
    "charset_normalizer",
    "pydantic",
    "aws_xray_sdk",
    "awscrt",
    "dotenv",
    "aws_lambda_powertools.tracing.base",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.parameters",
    "formarelay.standalone",
}


@pytest.fixture(scope="module", params=FUNCTIONS)
def function(request):
    return request.param


@pytest.fixture(scope="module")
def modules(function, built_here, lambda_python):
    folder = f"{function.title().replace('_', '')}Function"
    provided = next(lambda_python.parents[1].glob("lib/python*/site-packages"))
    path = (built_here / folder, built_here / LAYER / "python", provided)
    return imported(lambda_python, os.pathsep.join(map(str, path)), f"{function}.handler")


def test_no_module_crept_in(function, modules):
    budget = json.loads(FILE.read_text())[function]
    problems = compared(modules, budget)
    assert problems == [], "\n".join([*problems, "needed? then: python -m bench.budget"])


def test_nothing_dear_is_imported(modules):
    assert FORBIDDEN.isdisjoint(modules)


def test_formaloo_is_imported_by_whom_needs_it_at_once(function, modules):
    imports_it = any(name.startswith("formarelay.formaloo") for name in modules)
    assert imports_it is (function in ("publish_usage", "rotate_keys"))


def test_a_new_module_is_named():
    budget = {"counts": {"botocore": 1}, "modules": ["send_email"]}
    found = compared(["botocore", "botocore.x", "send_email", "send_email.tracer"], budget)
    assert found == [
        "send_email.tracer crept in",
        "botocore has 2 modules imported, at most 1 were agreed: botocore botocore.x",
    ]
