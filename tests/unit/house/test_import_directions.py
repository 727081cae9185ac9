"""Dependencies point inwards: handler, then service, then ports; and a twin shares no code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAYER = ROOT / "layers" / "formarelay"
FUNCTIONS = ROOT / "functions"

HTTP = {"requests", "urllib3"}
AWS = {"boto3", "botocore"}
POWERTOOLS = {"aws_lambda_powertools"}
VENDORS = {"formarelay.formamail", "formarelay.formaloo"}
# What values are made of: a class of it exists fifty times sooner than a dataclass.
VALUES = {"msgspec.Struct", "msgspec.field", "msgspec.structs"}
PURE = {"formarelay.errors", "formarelay.clock", "formarelay.claims", "formarelay.slots"} | {
    "formarelay.identity",
    "formarelay.window",
}
# Keys and rotation know keys by type only: a Secret shows itself to nobody.
KEYS = {"formarelay.keys", "formarelay.rotation", "formarelay.redact"}
# The doctor's facts and checks are pure: no adapter, no AWS.
DOCTOR = {
    f"relayctl.doctor.{part}"
    for part in ("check", "checks", "fact", "models", "policy", "snapshot")
}

# For every file: what it may import beside the standard library. The first rule that matches holds.
RULES: list[tuple[str, set[str]]] = [
    ("layers/formarelay/formarelay/errors.py", set()),
    ("layers/formarelay/formarelay/claims.py", set()),
    ("layers/formarelay/formarelay/slots.py", set()),
    (
        "layers/formarelay/formarelay/identity.py",
        {"formarelay.claims", "formarelay.message"},
    ),
    (
        "layers/formarelay/formarelay/window",
        {"formarelay.slots", "formarelay.clock", "formarelay.errors", "formarelay.window"},
    ),
    ("layers/formarelay/formarelay/keys.py", {"formarelay.redact"}),
    ("layers/formarelay/formarelay/rotation.py", set()),
    ("layers/formarelay/formarelay/clock.py", {"formarelay.errors"}),
    ("layers/formarelay/formarelay/env.py", {"formarelay.errors"}),
    ("layers/formarelay/formarelay/retry.py", {"formarelay.errors"}),
    ("layers/formarelay/formarelay/startup.py", set()),
    ("layers/formarelay/formarelay/tls.py", {"certifi", "formarelay.errors"}),
    ("layers/formarelay/formarelay/redact.py", {"formarelay.errors"}),
    (
        "layers/formarelay/formarelay/message",
        {"msgspec", "formarelay.errors", "formarelay.message"},
    ),
    (
        "layers/formarelay/formarelay/http",
        HTTP
        | {"formarelay.errors", "formarelay.retry", "formarelay.redact", "formarelay.tls"}
        | {"formarelay.clock", "formarelay.http"},
    ),
    (
        "layers/formarelay/formarelay/formamail",
        {"msgspec", "formarelay.http", "formarelay.errors", "formarelay.clock"}
        | {"formarelay.redact", "formarelay.retry", "formarelay.keys", "formarelay.formamail"},
    ),
    (
        "layers/formarelay/formarelay/formaloo",
        {"msgspec", "formarelay.http", "formarelay.errors", "formarelay.clock"}
        | {"formarelay.redact", "formarelay.retry", "formarelay.keys", "formarelay.formaloo"},
    ),
    (
        "layers/formarelay/formarelay/aws",
        {"botocore"} | PURE | KEYS | {"formarelay.tls", "formarelay.aws"},
    ),
    ("layers/formarelay/formarelay/__init__.py", set()),
    ("layers/formarelay/formarelay/standalone.py", {"dotenv", "formarelay"}),
    (
        "functions/send_email/handler.py",
        AWS | POWERTOOLS | {"formarelay", "send_email"},
    ),
    ("functions/send_email/application.py", AWS | {"formarelay", "send_email"}),
    ("functions/send_email/rows.py", {"formarelay", "send_email"}),
    ("functions/send_email/settings.py", PURE | {"formarelay.env", "send_email"}),
    (
        "functions/send_email",
        PURE
        | {"formarelay.message", "formarelay.formamail.models", "formarelay.formaloo.models"}
        | {"send_email"},
    ),
    (
        "functions/rotate_keys/handler.py",
        AWS | POWERTOOLS | {"formarelay", "rotate_keys"},
    ),
    ("functions/rotate_keys/application.py", AWS | {"formarelay", "rotate_keys"}),
    ("functions/rotate_keys/settings.py", {"formarelay.env", "rotate_keys"}),
    ("functions/rotate_keys", PURE | KEYS | {"rotate_keys"}),
    (
        "functions/settle_unknown/handler.py",
        AWS | POWERTOOLS | {"formarelay", "settle_unknown"},
    ),
    ("functions/settle_unknown/application.py", AWS | {"formarelay", "settle_unknown"}),
    ("functions/settle_unknown/settings.py", PURE | {"formarelay.env", "settle_unknown"}),
    (
        "functions/settle_unknown",
        PURE | {"formarelay.formamail.models", "settle_unknown"},
    ),
    (
        "functions/publish_usage/handler.py",
        POWERTOOLS | {"formarelay.env", "formarelay.redact", "formarelay.startup", "publish_usage"},
    ),
    ("functions/publish_usage/application.py", AWS | {"formarelay", "publish_usage"}),
    ("functions/publish_usage/settings.py", {"formarelay.env", "publish_usage"}),
    (
        "functions/publish_usage",
        PURE | {"formarelay.formamail.models", "formarelay.formaloo.usage", "publish_usage"},
    ),
    ("relayctl/doctor/checks", DOCTOR),
    ("relayctl/doctor/check.py", DOCTOR),
    ("relayctl/doctor/fact.py", set()),
    ("relayctl/doctor/models.py", DOCTOR),
    ("relayctl/doctor/policy.py", set()),
    ("relayctl/doctor/snapshot.py", DOCTOR),
    ("relayctl", AWS | {"formarelay", "relayctl", "rich"}),
    ("sandbox/inbox", {"aiohttp", "jinja2", "markupsafe", "sandbox"}),
    ("sandbox", {"aiohttp", "multidict", "yarl", "uvloop", "sandbox"}),
    (
        "local",
        {
            "aiohttp",
            "boto3",
            "botocore",
            "matplotlib",
            "ministack",
            "samtranslator",
            "requests",
            "rich",
            "yaml",
            "local",
        },
    ),
]
# Only what talks to Lambda may look at the environment or know that boto3 exists.
WITHOUT_ENVIRONMENT = ("layers/formarelay/formarelay", "functions")
WITH_ENVIRONMENT = {
    f"functions/{name}/handler.py"
    for name in ("send_email", "settle_unknown", "rotate_keys", "publish_usage")
} | {
    # It is for use outside Lambda, and refuses inside.
    "layers/formarelay/formarelay/standalone.py"
}


def source_files() -> list[Path]:
    folders = [LAYER / "formarelay", FUNCTIONS, ROOT / "sandbox", ROOT / "local", ROOT / "relayctl"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, source: str = "") -> Iterator[tuple[int, str]]:
    package = _package(path)
    for node in ast.walk(ast.parse(source or path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: len(parents) - node.level + 1]
                base = ".".join([*kept, *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _package(path: Path) -> str:
    base = next(root for root in (LAYER, FUNCTIONS, ROOT) if path.is_relative_to(root))
    return ".".join(path.relative_to(base).parent.parts)


def allowed_for(path: str) -> set[str]:
    for prefix, allowed in RULES:
        if path == prefix or path.startswith(f"{prefix}/") or path == f"{prefix}.py":
            return allowed
    pytest.fail(f"{path} has no rule: say in RULES what it may import")


def forbidden_imports(path: Path, source: str = "") -> list[str]:
    allowed = allowed_for(relative(path))
    if path.is_relative_to(LAYER) or path.is_relative_to(FUNCTIONS):
        allowed = allowed | VALUES
    return [
        f"{relative(path)}:{line} imports {name}"
        for line, name in imports(path, source)
        if name.split(".")[0] not in sys.stdlib_module_names
        # Stubs: they exist for the type checker alone.
        and not name.startswith("mypy_boto3_")
        and not any(name == good or name.startswith(f"{good}.") for good in allowed)
    ]


@pytest.mark.parametrize("path", source_files(), ids=relative)
def test_a_file_imports_only_what_its_ring_may(path):
    assert forbidden_imports(path) == []


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in source_files()
        if relative(path).startswith(WITHOUT_ENVIRONMENT) and relative(path) not in WITH_ENVIRONMENT
    ],
    ids=relative,
)
def test_only_the_handler_reads_the_environment(path):
    assert [line for line, name in imports(path) if name == "os" or name.startswith("os.")] == []


@pytest.mark.parametrize("path", source_files(), ids=relative)
def test_a_file_stays_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("functions/send_email/service.py", "import boto3"),
        ("functions/send_email/service.py", "from formarelay.aws import ledger"),
        ("functions/send_email/service.py", "from formarelay import http"),
        ("functions/send_email/delivery.py", "from rotate_keys import steps"),
        ("functions/settle_unknown/service.py", "from send_email.policy import SendPolicy"),
        ("layers/formarelay/formarelay/formamail/client.py", "from ..formaloo import client"),
        ("layers/formarelay/formarelay/claims.py", "from msgspec.json import Decoder"),
        ("relayctl/rotate/service.py", "from msgspec import Struct"),
        ("layers/formarelay/formarelay/errors.py", "def f():\n    import requests"),
        ("sandbox/app.py", "from formarelay.errors import FormaError"),
        ("relayctl/doctor/checks/queues.py", "from relayctl.doctor.looking import queues"),
    ],
)
def test_the_rules_see_a_violation(path, source):
    assert len(forbidden_imports(ROOT / path, source)) == 1
