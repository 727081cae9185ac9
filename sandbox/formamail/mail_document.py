"""An accepted mail as `GET emails` shows it."""

from __future__ import annotations

from sandbox.clock import iso_milliseconds
from sandbox.formamail.mails import Mail, steps_of
from sandbox.formamail.templates import Template
from sandbox.profile import Profile

TEAM_ID = "team_sandbox"
_DEFAULT_SENDER = "no-reply@example.com"
_STEP_FIELDS = {
    "queued": "queuedAt",
    "processing": "processingAt",
    "sent": "sentAt",
    "delivered": "deliveredAt",
    "bounced": "failedAt",
    "failed": "failedAt",
    "rejected": "failedAt",
}


def mail_document(
    mail: Mail, *, template: Template | None, now: float, profile: Profile
) -> dict[str, object]:
    """The read model of the official SDKs: recipients are strings here, objects on the way in."""
    body = mail.body
    status = mail.status(now=now, step_seconds=profile.status_step_seconds)
    times = _step_times(mail, now=now, profile=profile)
    document: dict[str, object] = {
        "id": mail.id,
        "teamId": TEAM_ID,
        "templateId": mail.template_id,
        "templateName": None if template is None else template.name,
        "subject": "" if template is None else template.subject,
        "from": body.get("senderEmail") or _DEFAULT_SENDER,
        "to": _addresses(body.get("to")),
        "cc": _addresses(body.get("cc")),
        "bcc": _addresses(body.get("bcc")),
        "status": status,
        "openCount": 0,
        "clickCount": 0,
        "tags": body.get("tags") or [],
        "createdAt": iso_milliseconds(mail.accepted_at),
        "updatedAt": max(times.values(), default=iso_milliseconds(mail.accepted_at)),
        **times,
    }
    if not profile.strip_metadata:
        document["metadata"] = body.get("metadata") or {}
    if mail.scheduled_at is not None:
        document["scheduledAt"] = iso_milliseconds(mail.scheduled_at)
    if status in ("sent", "delivered", "bounced", "complained"):
        document["providerMessageId"] = f"sandbox-{mail.id}"
    return document


def passed_steps(mail: Mail, *, now: float, profile: Profile) -> dict[str, float]:
    """Each status that the mail came to since it was accepted, in order, and when."""
    status = mail.status(now=now, step_seconds=profile.status_step_seconds)
    if status == "scheduled":
        return {}
    # What is rejected is rejected at once, whenever it should have gone.
    start = mail.accepted_at if mail.ending == "rejected" else mail.starts_at
    times = {
        step: start + position * profile.status_step_seconds
        for position, step in enumerate(steps_of(mail.ending))
    }
    return {step: moment for step, moment in times.items() if moment <= now}


def _addresses(people: list[dict[str, str]] | None) -> list[str]:
    return [person["email"] for person in people or []]


def _step_times(mail: Mail, *, now: float, profile: Profile) -> dict[str, str]:
    return {
        _STEP_FIELDS[step]: iso_milliseconds(moment)
        for step, moment in passed_steps(mail, now=now, profile=profile).items()
        if step in _STEP_FIELDS
    }
