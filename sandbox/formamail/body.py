"""The JSON object of a request's body."""

from __future__ import annotations

from sandbox.formamail.checks import Problems
from sandbox.formamail.envelope import RefusalError
from sandbox.strict_json import JsonError, parse_json_object


def document_of(body: bytes) -> dict[str, object]:
    """Raises RefusalError, 400 with what is wrong, when the body holds no JSON object."""
    try:
        return parse_json_object(body)
    except JsonError as error:
        raise RefusalError(400, message=str(error)) from None


def template_in(document: dict[str, object], *, problems: Problems) -> str:
    """The reference of a template; empty, and a problem more, when there is none."""
    reference = document.get("templateId")
    if isinstance(reference, str) and reference:
        return reference
    problems.append(("templateId", "templateId should not be empty"))
    return ""
