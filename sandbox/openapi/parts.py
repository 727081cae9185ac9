"""The pieces that an operation is put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Schema = Mapping[str, object]
JSON = "application/json"

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TRUTH: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
ANYTHING: Schema = {}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route.

    Args:
        summary: What it does.
        answers: The schema of each success.
        errors: The statuses of its refusals; their schema is the service's.
        query: Its query parameters, none of which is required.
        body: The schema of its JSON body.
        other_bodies: Media types that carry the same body.
        security: Names of the schemes that it demands together; empty for none.
    """

    summary: str
    answers: Mapping[int, Schema]
    errors: tuple[int, ...] = ()
    query: Mapping[str, Schema] | None = None
    body: Schema | None = None
    other_bodies: tuple[str, ...] = ()
    security: tuple[str, ...] = ()


def record(fields: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """An object with exactly these fields, all of them there but the optional ones."""
    required = [name for name in fields if name not in set(optional)]
    return {
        "type": "object",
        "properties": dict(fields),
        "required": required,
        "additionalProperties": False,
    }


def accepted(fields: Mapping[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    """A body whose known fields are these; others have no effect."""
    return {"type": "object", "properties": dict(fields), "required": list(required)}


def array(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def text(**bounds: object) -> Schema:
    return {"type": "string", **bounds}


def one_of(*values: object) -> Schema:
    return {"enum": list(values)}


def document(operation: Operation, *, pattern: str, error: Schema) -> dict[str, object]:
    """The operation object of OpenAPI.

    Args:
        operation: What it is.
        pattern: Of the route; its placeholders are the path parameters.
        error: The schema of every refusal.
    """
    answers = {**operation.answers, **dict.fromkeys(operation.errors, error)}
    described: dict[str, object] = {
        "summary": operation.summary,
        "parameters": [*_path(pattern), *_query(operation.query or {})],
        "responses": {str(status): _response(schema) for status, schema in answers.items()}
        | {"400": _bad_request(answers.get(400))},
        "security": [{name: [] for name in operation.security}] if operation.security else [],
    }
    if operation.body is not None:
        kinds = (JSON, *operation.other_bodies)
        described["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": operation.body} for kind in kinds},
        }
    return described


def _path(pattern: str) -> list[dict[str, object]]:
    names = [part[1:-1] for part in pattern.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(parameters: Mapping[str, Schema]) -> list[dict[str, object]]:
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in parameters.items()
    ]


def _response(schema: Schema) -> dict[str, object]:
    return {"description": "as documented", "content": {JSON: {"schema": schema}}}


def _bad_request(schema: Schema | None) -> dict[str, object]:
    """Of the operation, if it has one, and of the server, which speaks before any operation."""
    content: dict[str, object] = {"text/plain": {"schema": TEXT}}
    if schema is not None:
        content[JSON] = {"schema": schema}
    return {
        "description": "refused; as text: not HTTP, or a line that is too long",
        "content": content,
    }
