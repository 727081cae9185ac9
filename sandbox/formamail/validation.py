"""The body of `POST emails/send`, checked against the documented limits."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formamail import checks
from sandbox.formamail.body import document_of, template_in
from sandbox.formamail.envelope import invalid
from sandbox.profile import Profile

MAXIMUM_RECIPIENTS = 50  # provider docs, Limits & Quotas: recipients per email, cc and bcc included


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What accepting a mail needs to know; the rest stays in the stored body."""

    template_ref: str
    to: tuple[str, ...]
    all_recipients: tuple[str, ...]
    variables: dict[str, object]
    scheduled_at: float | None
    generated_attachments: int


def parse_send(body: bytes, *, profile: Profile) -> SendRequest:
    """Read a send request. Fields that the documents don't name are ignored.

    Raises:
        RefusalError: 400 `ERR_VALID_001` with every fault found.
    """
    document = document_of(body)
    problems: checks.Problems = []
    template_ref = template_in(document, problems=problems)
    to, everybody = _check_people(document, problems=problems)
    variables = checks.check_object("variables", document.get("variables"), problems=problems)
    if profile.variables_required and "variables" not in document:
        problems.append(("variables", "variables is required"))
    check_options(document, problems=problems)
    scheduled_at = checks.check_scheduled_at(document.get("scheduledAt"), problems=problems)
    generated = checks.check_attachments(document.get("attachments"), problems=problems)
    if problems:
        raise invalid(problems)
    return SendRequest(
        template_ref, tuple(to), tuple(everybody), variables, scheduled_at, generated
    )


def _check_people(
    document: dict[str, object], *, problems: checks.Problems
) -> tuple[list[str], list[str]]:
    to = checks.check_recipients("to", document.get("to"), problems=problems)
    everybody = list(to)
    if document.get("to") == []:
        problems.append(("to", "to must contain at least 1 element"))
    for field in ("cc", "bcc"):
        value = document.get(field)
        if value is not None:
            everybody += checks.check_recipients(field, value, problems=problems)
    if len(everybody) > MAXIMUM_RECIPIENTS:
        problems.append(("to", f"at most {MAXIMUM_RECIPIENTS} recipients per email"))
    return to, everybody


def check_options(document: dict[str, object], *, problems: checks.Problems) -> None:
    """The fields that a single mail and a batch have in common."""
    for field in ("fromName", "senderId"):
        checks.check_line(field, document.get(field), problems=problems)
    for field in ("senderEmail", "replyTo"):
        checks.check_optional_address(field, document.get(field), problems=problems)
    priorities = ("low", "normal", "high")
    checks.check_choice("priority", document.get("priority"), allowed=priorities, problems=problems)
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, str | int | None):
        problems.append(("version", "must be published, draft or a version number"))
    checks.check_headers(document.get("headers"), problems=problems)
    checks.check_tags(document.get("tags"), problems=problems)
    checks.check_object("metadata", document.get("metadata"), problems=problems)
