"""The body of `POST emails/send/bulk`, checked against the documented limits."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formamail import checks
from sandbox.formamail.body import document_of, template_in
from sandbox.formamail.envelope import invalid
from sandbox.formamail.validation import check_options
from sandbox.profile import Profile

MAXIMUM_BULK_RECIPIENTS = 1000  # provider docs and SDKs
# What every mail of the batch takes over as it is.
_SHARED = (
    *("version", "senderEmail", "senderId", "fromName", "replyTo", "priority"),
    *("headers", "tags", "metadata", "scheduledAt"),
)


@dataclass(frozen=True, slots=True)
class BulkMail:
    """One mail of a batch: the body that a single send would have had."""

    address: str
    variables: dict[str, object]
    generated_attachments: int
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A batch; recipients at fault are not among the mails where the profile leaves them out."""

    template_ref: str
    mails: tuple[BulkMail, ...]
    scheduled_at: float | None
    dry_run: bool


def parse_bulk(body: bytes, *, profile: Profile) -> BulkRequest:
    """Read a batch. Fields that the documents don't name are ignored, cc and bcc among them.

    Raises:
        RefusalError: 400 `ERR_VALID_001` with every fault found.
    """
    document = document_of(body)
    problems: checks.Problems = []
    template_ref = template_in(document, problems=problems)
    base = checks.check_object("baseVariables", document.get("baseVariables"), problems=problems)
    check_options(document, problems=problems)
    checks.check_line("batchName", document.get("batchName"), problems=problems)
    dry_run = document.get("dryRun", False)
    if not isinstance(dry_run, bool):
        problems.append(("dryRun", "must be true or false"))
    scheduled_at = checks.check_scheduled_at(document.get("scheduledAt"), problems=problems)
    attached = checks.check_attachments(document.get("attachments"), problems=problems)
    shared = {name: document[name] for name in _SHARED if document.get(name) is not None}
    shared |= {"templateId": template_ref, "attachments": document.get("attachments") or []}
    mails = _mails(
        document.get("recipients"),
        base=base,
        shared=shared,
        attached=attached,
        leave_out=profile.bulk_bad_recipient == "leave-out",
        problems=problems,
    )
    if problems:
        raise invalid(problems)
    return BulkRequest(template_ref, mails, scheduled_at, dry_run is True)


def _mails(
    recipients: object,
    *,
    base: dict[str, object],
    shared: dict[str, object],
    attached: int,
    leave_out: bool,
    problems: checks.Problems,
) -> tuple[BulkMail, ...]:
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MAXIMUM_BULK_RECIPIENTS:
        text = f"must be an array of 1 to {MAXIMUM_BULK_RECIPIENTS} recipients"
        problems.append(("recipients", text))
        return ()
    mails = []
    for position, recipient in enumerate(recipients):
        faults: checks.Problems = []
        mail = _mail(
            recipient, f"recipients[{position}]", base=base, attached=attached, problems=faults
        )
        if mail is not None and not faults:
            own = {name: value for name, value in mail.body.items() if value is not None}
            mails.append(
                BulkMail(
                    mail.address, mail.variables, mail.generated_attachments, {**shared, **own}
                )
            )
        elif not leave_out:
            problems.extend(faults)
    return tuple(mails)


def _mail(
    recipient: object,
    field: str,
    *,
    base: dict[str, object],
    attached: int,
    problems: checks.Problems,
) -> BulkMail | None:
    if not isinstance(recipient, dict):
        problems.append((field, "must be an object with an email and variables"))
        return None
    email, name = recipient.get("email"), recipient.get("name")
    if not checks.is_address(email):
        problems.append((f"{field}.email", "must be an email address"))
    checks.check_line(f"{field}.name", name, problems=problems)
    if recipient.get("variables") is None:
        problems.append((f"{field}.variables", "variables is required"))
    given = recipient.get("variables")
    variables = base | checks.check_object(f"{field}.variables", given, problems=problems)
    overrides = recipient.get("attachmentOverrides")
    generated = checks.check_attachments(overrides, problems=problems) if overrides else attached
    person = {"email": email} | ({} if name is None else {"name": name})
    body = {"to": [person], "variables": variables, "attachments": overrides}
    return BulkMail(str(email), variables, generated, body)
