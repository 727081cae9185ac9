"""Forma Mail's templates: the three it starts with and those that a test adds."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass

from sandbox.clock import iso_milliseconds
from sandbox.database import Database

TYPES = ("email", "pdf", "excel")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a template; without a default, a required one must be supplied."""

    name: str
    type: str = "string"
    required: bool = False
    default: str | None = None

    def document(self) -> dict[str, object]:
        """As the provider's SDK types it."""
        document: dict[str, object] = {
            "name": self.name,
            "type": self.type,
            "required": self.required,
        }
        if self.default is not None:
            document["defaultValue"] = self.default
        return document


@dataclass(frozen=True, slots=True)
class Template:
    """A template; its UUID, its short id and its slug all name it."""

    id: str
    short_id: str
    slug: str
    name: str
    type: str
    subject: str
    variables: tuple[Variable, ...]
    created_at: float

    def missing_variables(self, supplied: dict[str, object]) -> list[str]:
        """Required variables that have neither a value nor a default."""
        return [
            variable.name
            for variable in self.variables
            if variable.required
            and variable.default is None
            and supplied.get(variable.name) is None
        ]

    def document(self) -> dict[str, object]:
        """As `GET templates` shows it."""
        moment = iso_milliseconds(self.created_at)
        return {
            "id": self.id,
            "shortId": self.short_id,
            "slug": self.slug,
            "name": self.name,
            "type": self.type,
            "subject": self.subject,
            "variables": [variable.document() for variable in self.variables],
            "createdAt": moment,
            "updatedAt": moment,
        }


# None of their variables is required: whether a missing one is refused is an assumption, and a
# sandbox must not refuse by assumption what it starts with.
_STARTING = (
    ("welcome", "Welcome", "Welcome aboard", ("firstName", "name")),
    ("order-confirmation", "Order confirmation", "Your order", ("firstName", "orderNumber")),
    ("invoice", "Invoice", "Your invoice", ("name", "invoiceNumber", "amount")),
)


class TemplateStore:
    """All templates, in memory, written through to the database."""

    def __init__(self, database: Database, *, now: float) -> None:
        self._database = database
        self._by_any_id: dict[str, Template] = {}
        self._templates: list[Template] = []
        self.load(now=now)

    def load(self, *, now: float) -> None:
        """Take the state of the database; an empty one gets the starting templates."""
        self._by_any_id.clear()
        self._templates.clear()
        for row in self._database.execute("SELECT * FROM templates ORDER BY rowid").fetchall():
            variables = tuple(Variable(**variable) for variable in json.loads(row[6]))
            values = [*row[:6], variables, row[7]]
            self._remember(Template(*values))
        if not self._templates:
            for slug, name, subject, variable_names in _STARTING:
                self.add(
                    slug,
                    name=name,
                    template_type="email",
                    subject=subject,
                    variables=tuple(Variable(variable) for variable in variable_names),
                    now=now,
                )

    def add(
        self,
        slug: str,
        *,
        name: str,
        template_type: str,
        subject: str,
        variables: tuple[Variable, ...],
        now: float,
    ) -> Template:
        """Store a template. Its ids derive from the slug, so that they survive a reset.

        Raises:
            ValueError: The slug already names a template.
        """
        if slug in self._by_any_id:
            raise ValueError("a template of that slug exists")
        template = Template(
            str(uuid.uuid5(uuid.NAMESPACE_URL, f"template:{slug}")),
            "etpl_" + hashlib.sha256(slug.encode()).hexdigest()[:12],
            slug,
            name,
            template_type,
            subject,
            variables,
            now,
        )
        self._remember(template)
        stored = [
            {"name": item.name, "type": item.type, "required": item.required}
            | ({} if item.default is None else {"default": item.default})
            for item in variables
        ]
        self._database.execute(
            "INSERT INTO templates VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                template.id,
                template.short_id,
                slug,
                name,
                template_type,
                subject,
                json.dumps(stored),
                now,
            ),
        )
        return template

    def find(self, any_id: str) -> Template | None:
        """The template of a UUID, a short id or a slug."""
        return self._by_any_id.get(any_id)

    def all(self) -> list[Template]:
        """Every template, oldest first."""
        return list(self._templates)

    def _remember(self, template: Template) -> None:
        self._templates.append(template)
        for any_id in (template.id, template.short_id, template.slug):
            self._by_any_id[any_id] = template
