"""Writes the contract as JSON Schema (2020-12), from the structs that messages are parsed into.

python -m formarelay.message.schema             prints it
python -m formarelay.message.schema --write F   writes it to the file F
python -m formarelay.message.schema --check F   exit status 1 when F holds anything else
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from formarelay.message import limits
from formarelay.message.attachments import SHAPES
from formarelay.message.model import EmailContent

_DESCRIPTION = f"""\
The body of an SQS message that asks formarelay for one mail; also the Message of an SNS \
notification and the detail of an EventBridge event. An optional field that is null counts as \
left out. The relay also refuses what a schema cannot state: a body over \
{limits.MAX_BODY_BYTES} bytes, JSON nested deeper than {limits.MAX_DEPTH} levels, a key twice in \
one object (for headers: upper and lower case alike), a lone surrogate or U+0000 anywhere, \
numbers beyond a double, more than {limits.MAX_RECIPIENTS} recipients in to, cc and bcc together, \
metadata over {limits.MAX_METADATA_BYTES} bytes of JSON, a date that does not exist, and \
scheduledAt after expiresAt."""


def message_schema() -> dict[str, Any]:
    """The schema of version 1 of the message, without its wrappers."""
    generated = msgspec.json.schema(EmailContent)
    definitions = generated["$defs"]
    content = definitions.pop("EmailContent")
    for name, field in content["properties"].items():
        if name not in content["required"] and "anyOf" not in field:
            content["properties"][name] = _or_null(field)
    definitions["Attachment"]["oneOf"] = [
        _shape_schema(source, definitions["Attachment"]["properties"]) for source in SHAPES
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:formarelay:email-message:v1",
        **content,
        "title": "formarelay email message, version 1",
        "description": _DESCRIPTION,
        "$defs": definitions,
    }


def _or_null(field: dict[str, Any]) -> dict[str, Any]:
    default = {"default": field.pop("default")}
    return {"anyOf": [field, {"type": "null"}], **default}


def _shape_schema(source: str, properties: dict[str, Any]) -> dict[str, Any]:
    shape = SHAPES[source]
    present = [source, *shape.required]
    foreign = [name for name in properties if name not in (*present, *shape.optional)]
    return {
        "title": source,
        "required": present,
        "properties": {
            **{name: {"not": {"type": "null"}} for name in present},
            **{name: {"type": "null"} for name in foreign},
        },
    }


def schema_text() -> str:
    """The schema as it stands in its file, equal on every Python and every run."""
    return json.dumps(message_schema(), indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m formarelay.message.schema")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", type=Path, metavar="FILE")
    action.add_argument("--check", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        chosen.write.write_text(schema_text(), encoding="utf-8")
        return 0
    if chosen.check:
        if chosen.check.is_file() and chosen.check.read_text(encoding="utf-8") == schema_text():
            return 0
        sys.stderr.write(f"{chosen.check} differs from the code; write it anew with --write\n")
        return 1
    sys.stdout.write(schema_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
