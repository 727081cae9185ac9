"""What a template says once its variables have values.

The templates of the sandbox have a subject and variables and no body, so that the content of a mail
is the subject and the list of what was filled in. Nothing is made up beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.formamail.templates import Template

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]{1,100})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable with its value; `origin` is where that came from."""

    name: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class Content:
    """The mail's content."""

    template_name: str
    subject: str
    variables: tuple[Variable, ...]


def fill(template: Template | None, *, body: dict[str, Any]) -> Content:
    """The template with the variables of a send. A place of the subject without a value stays."""
    given: dict[str, object] = body.get("variables") or {}
    if template is None:
        extra = tuple(Variable(name, value, "given") for name, value in given.items())
        return Content(str(body.get("templateId")), "", extra)
    declared = [
        _declared(variable.name, variable.default, given) for variable in template.variables
    ]
    names = {variable.name for variable in declared}
    extra = tuple(
        Variable(name, value, "given, not in the template")
        for name, value in given.items()
        if name not in names
    )
    values = {item.name: item.value for item in (*declared, *extra) if item.value is not None}
    subject = _PLACE.sub(lambda place: str(values.get(place[1], place[0])), template.subject)
    return Content(template.name, subject, (*declared, *extra))


def _declared(name: str, default: str | None, given: dict[str, object]) -> Variable:
    if given.get(name) is not None:
        return Variable(name, given[name], "given")
    if default is not None:
        return Variable(name, default, "default of the template")
    return Variable(name, None, "not given")
