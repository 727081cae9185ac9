"""The bodies of Forma Mail's webhook subscriptions, checked."""

from __future__ import annotations

from typing import Any

from sandbox.formamail import checks
from sandbox.formamail.body import document_of
from sandbox.formamail.envelope import invalid
from sandbox.webhooks.target import url_problem

# The union of the SDKs' list and the provider docs'.
EVENTS = (
    *("email.sent", "email.delivered", "email.opened", "email.clicked", "email.bounced"),
    *("email.complained", "unsubscribe.created"),
)


def parse_subscription(body: bytes, *, partial: bool) -> dict[str, Any]:
    """`url`, `events`, `name` and `active` as far as given; `description` is a word for the name.

    Raises:
        RefusalError: 400 with every fault found; without `partial`, url and events must be there.
    """
    document = document_of(body)
    problems: checks.Problems = []
    given: dict[str, Any] = {}
    if "url" in document or not partial:
        problem = url_problem(document.get("url"))
        if problem:
            problems.append(("url", problem))
        given["url"] = document.get("url")
    if "events" in document or not partial:
        given["events"] = _events(document.get("events"), problems=problems)
    options = {
        "name": document.get("name", document.get("description")),
        "active": document.get("active"),
    }
    checks.check_line("name", options["name"], problems=problems)
    if not isinstance(options["active"], bool | None):
        problems.append(("active", "must be true or false"))
    given |= {name: value for name, value in options.items() if value is not None}
    if problems:
        raise invalid(problems)
    return given


def _events(value: object, *, problems: checks.Problems) -> list[str]:
    if isinstance(value, list) and value and all(item in EVENTS for item in value):
        return list(dict.fromkeys(value))
    problems.append(("events", f"must be a non-empty array of {', '.join(EVENTS)}"))
    return []
