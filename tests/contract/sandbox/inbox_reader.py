"""Reads the inbox's pages as a browser without script would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from sandbox.testing import Answer, RunningSandbox

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Document(HTMLParser):
    """The text that is seen, every element with its attributes, and the cells of the tables."""

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._label: str | None = None
        self.feed(self.html)
        self.text = re.sub(r"\s+", " ", self.text)
        self.cells = [
            {label: re.sub(r"\s+", " ", text).strip() for label, text in row.items()}
            for row in self.cells
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "tr":
            self.cells.append({})
        if tag == "td":
            self._label = attributes.get("data-label")

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._label = None
        if tag == "dt":
            self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._label is not None:
            row = self.cells[-1]
            row[self._label] = row.get(self._label, "") + data

    def rows(self) -> list[dict[str, str]]:
        """The rows that have cells, each by its labels."""
        return [row for row in self.cells if row]

    def link(self, element_id: str) -> str | None:
        """Where the link of that id leads, or None."""
        for _, attributes in self.elements:
            if attributes.get("id") == element_id:
                return attributes.get("href")
        return None


def look(sandbox: RunningSandbox, address: str) -> Document:
    """The page of an address, which must be there."""
    answer = sandbox.request("GET", address)
    assert answer.status == 200, (address, answer.status)
    return Document(answer.body.decode())


def post(sandbox: RunningSandbox, address: str, form: str = "", **headers: str) -> Answer:
    """A form sent as a browser sends it, with further headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sandbox.request("POST", address, body=form.encode(), headers={**FORM, **named})
