"""One cold process of a subject: what it took, and whether it did its work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.subjects import Subject
from bench.surroundings import AUTHORITY, Surroundings

PROGRAM = Path(__file__).with_name("cold_process.py")
_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """What one process took.

    Args:
        first_mail_ms: From its start until the provider's first acceptance; None without one.
        done_ms: From its start until the handler returned.
        cpu_ms: All of it, the interpreter's start too.
        peak_mib: Of memory.
        modules: All that were imported.
    """

    first_mail_ms: float | None
    done_ms: float
    cpu_ms: float
    peak_mib: float
    modules: tuple[str, ...]


def trusting(subject: Subject, folder: Path) -> Subject:
    """The subject with the bench's authority among those that its own `certifi` trusts.

    It loads a bundle of the usual size that way, as it would in production.
    """
    certifi = next(one / "certifi" for one in subject.path if (one / "certifi").is_dir())
    trust = folder / "trust" / subject.name
    if not trust.exists():
        shutil.copytree(certifi, trust / "certifi")
        with (trust / "certifi" / "cacert.pem").open("ab") as bundle:
            bundle.write(b"\n" + (folder / AUTHORITY).read_bytes())
    return replace(subject, path=(trust, *subject.path))


def aws_trust(subject: Subject, folder: Path) -> dict[str, str]:
    """The setting by which botocore trusts the same authority."""
    return {"AWS_CA_BUNDLE": str(folder / "trust" / subject.name / "certifi" / "cacert.pem")}


def cold(
    subject: Subject, event: Any, around: Surroundings, folder: Path, settings: Mapping[str, str]
) -> Cold:
    """Runs the event through a fresh process. Raises RuntimeError when not all went well."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    if around.provider is not None:
        around.provider.first_accepted = None
    began = time.monotonic()
    ended = subprocess.run(
        subject.command(PROGRAM, str(report)),
        input=json.dumps(event),
        text=True,
        env={**around.environment, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=_SECONDS,
    )
    if ended.returncode or not report.exists():
        raise RuntimeError(f"{subject.name} failed: {ended.stderr}")
    found = json.loads(report.read_text())
    if (found["answer"] or {}).get("batchItemFailures"):
        raise RuntimeError(f"{subject.name} did not send all: {ended.stderr}")
    first = around.provider.first_accepted if around.provider else None
    return Cold(
        first_mail_ms=None if first is None else (first - began) * 1000,
        done_ms=(found["done"] - began) * 1000,
        cpu_ms=found["cpu_seconds"] * 1000,
        peak_mib=found["peak_kib"] / 1024,
        modules=tuple(found["modules"]),
    )


def instructions(
    subject: Subject, event: Any, around: Surroundings, folder: Path, settings: Mapping[str, str]
) -> float:
    """Million instructions of such a process, counted by callgrind."""
    command = subject.command(PROGRAM, str(folder / "report.json"))
    # Where hashes differ, so do the paths through dictionaries. -I ignores the variable, -s -S and
    # -P are the rest of what it stands for.
    at = command.index("-I")
    command[at : at + 1] = ["-s", "-P"]
    ended = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        input=json.dumps(event),
        text=True,
        env={**around.environment, **settings, "PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=_SECONDS,
    )
    collected = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode or collected is None:
        raise RuntimeError(f"{subject.name} failed under callgrind: {ended.stderr[-2000:]}")
    return int(collected.group(1)) / 1e6
