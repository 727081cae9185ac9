"""What the twin starts with: one form with three rows."""

from __future__ import annotations

from sandbox.formaloo.forms import Field, Form, FormStore, new_slug

_PEOPLE = (
    ("Ada Lovelace", "ada@example.com", "A-1001", 0),
    ("Grace Hopper", "grace@example.com", "A-1002", 1),
    ("Alan Turing", "alan@example.com", "A-1003", 0),
)


def add_starting_form(store: FormStore, *, now: float) -> None:
    """A registration form whose fields suit the variables of a mail template."""
    plans = {new_slug(): "Basic", new_slug(): "Premium"}
    fields = (
        Field(new_slug(), "short_text", "Name", alias="name", required=True),
        Field(new_slug(), "email", "Email", alias="email", required=True),
        Field(new_slug(), "short_text", "Order number", alias="order_number"),
        Field(new_slug(), "choice", "Plan", alias="plan", choices=plans),
    )
    form = Form(new_slug(), "registration", "Registration", True, fields, now)
    store.add(form)
    for name, email, order_number, plan in _PEOPLE:
        values = (name, email, order_number, list(plans)[plan])
        data = {field.slug: value for field, value in zip(fields, values, strict=True)}
        store.add_row(form, data=data, now=now, visible_from=now)
