"""From the message of a producer to the request of the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formarelay.claims import MailIdentity
from formarelay.errors import PermanentError
from formarelay.formamail.models import SendRequest
from formarelay.message import EmailMessage
from send_email.identity import RELAY_ID_KEY
from send_email.ports import RowSource


class MissingVariableError(PermanentError):
    """A Formaloo row has no value under a name that the message asks for."""


def variables_of(message: EmailMessage, rows: RowSource) -> Mapping[str, Any]:
    """The template's variables; those from a Formaloo row fill what the message leaves open.

    Raises:
        MissingVariableError: The row lacks a field.
        FormaError: The row cannot be read.
    """
    source = message.variables_from.formaloo if message.variables_from else None
    if source is None:
        return message.variables
    row = rows.row(source.row)
    filled: dict[str, Any] = {}
    for variable, field_name in source.fields.items():
        value = row.value(field_name)
        if value is None:
            raise MissingVariableError(f"the Formaloo row has no value for field {field_name!r}")
        filled[variable] = value
    return {**filled, **message.variables}
