"""`POST emails/send`: from a validated request to an accepted mail."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from sandbox.clock import Clock, iso_milliseconds
from sandbox.exchange import Call, Reply
from sandbox.formamail.envelope import RefusalError, enveloped, invalid
from sandbox.formamail.generated_limits import check_generated
from sandbox.formamail.mail_events import MailEvents
from sandbox.formamail.mails import MailStore, steps_of
from sandbox.formamail.templates import Template, TemplateStore
from sandbox.formamail.usage import UsageMeter
from sandbox.formamail.validation import SendRequest, parse_send
from sandbox.profile import Profile, ProfileStore


@dataclass(frozen=True, slots=True)
class Sending:
    """Accepts mails. There is no deduplication: two equal requests are two mails."""

    clock: Clock
    profile: ProfileStore
    templates: TemplateStore
    mails: MailStore
    usage: UsageMeter
    events: MailEvents

    def send(self, call: Call) -> Reply:
        """Accept one mail; its acceptance bears the instant at which the request arrived.

        Raises:
            RefusalError: Nothing was accepted.
        """
        profile = self.profile.current
        request = parse_send(call.body, profile=profile)
        template = self.template_for(request.template_ref, request.variables, profile=profile)
        check_generated(request.generated_attachments, profile=profile)
        blocked = _blocked(request, suppressed=profile.suppressed)
        all_blocked = bool(blocked) and len(blocked) == len(set(request.all_recipients))
        if all_blocked and profile.all_suppressed_status >= 400:
            text = "All recipients are suppressed"
            raise RefusalError(profile.all_suppressed_status, "ALL_RECIPIENTS_SUPPRESSED", text)
        units = 1
        if profile.quota_unit == "recipient":
            units = max(0, len(request.all_recipients) - len(blocked))
        self.check_quota(units, attachment_units=request.generated_attachments, profile=profile)
        mail_id = self.accept(
            call.body,
            to=request.to,
            template_ref=template.id,
            call=call,
            scheduled_at=request.scheduled_at,
            email_units=units,
            attachment_units=request.generated_attachments,
            blocked=blocked,
            rejected=all_blocked,
        )
        data = self._receipt(
            mail_id, call=call, request=request, blocked=blocked, rejected=all_blocked
        )
        return enveloped(201, data, profile=profile)

    def accept(
        self,
        body: bytes,
        *,
        to: tuple[str, ...],
        template_ref: str,
        call: Call,
        scheduled_at: float | None,
        email_units: int,
        attachment_units: int,
        blocked: list[dict[str, str]],
        rejected: bool,
    ) -> str:
        """Store a mail that was judged, and count it; returns its id."""
        template = self.templates.find(template_ref)
        ending = "rejected" if rejected else self._ending(to)
        mail_id = self.mails.accept(
            body,
            to=to,
            template_id=template_ref if template is None else template.id,
            key_id=call.key_id or "",
            now=call.arrived_at,
            scheduled_at=scheduled_at,
            email_units=email_units,
            attachment_units=attachment_units,
            blocked=blocked,
            ending=ending,
        )
        self.usage.add(email_units=email_units, attachment_units=attachment_units)
        starts_at = max(call.arrived_at, scheduled_at or 0.0)
        self.events.plan(mail_id, steps_of(ending), recipient=to[0], starts_at=starts_at)
        return mail_id

    def _ending(self, to: tuple[str, ...]) -> str | None:
        patterns = self.profile.current.recipient_endings
        found = (
            ending
            for pattern, ending in patterns.items()
            if any(fnmatchcase(address.lower(), pattern.lower()) for address in to)
        )
        return next(found, None)

    def template_for(
        self, reference: str, variables: dict[str, object], *, profile: Profile
    ) -> Template:
        """The template of a mail, all its required variables given.

        Raises:
            RefusalError: There is none, or a variable is missing.
        """
        template = self.templates.find(reference)
        if template is None or template.type != "email":
            raise RefusalError(
                profile.unknown_template_status, "TEMPLATE_NOT_FOUND", "Template not found"
            )
        missing = template.missing_variables(variables)
        if missing and profile.template_variables_enforced:
            problems = [(f"variables.{name}", "is required by the template") for name in missing]
            refusal = invalid(problems)
            refusal.status, refusal.code = 422, "MISSING_TEMPLATE_VARIABLES"
            raise refusal
        return template

    def check_quota(self, units: int, *, attachment_units: int, profile: Profile) -> None:
        """Raises RefusalError when fewer units than these remain."""
        self.usage.turn_to(self.clock.now())
        email_left = self.usage.email(profile).remaining
        attachments_left = self.usage.attachment(profile).remaining
        if units > email_left or attachment_units > attachments_left:
            raise RefusalError(profile.quota_status, profile.quota_code, "Quota exceeded")

    def _receipt(
        self,
        mail_id: str,
        *,
        call: Call,
        request: SendRequest,
        blocked: list[dict[str, str]],
        rejected: bool,
    ) -> dict[str, object]:
        scheduled = request.scheduled_at is not None and request.scheduled_at > call.arrived_at
        status = "rejected" if rejected else "scheduled" if scheduled else "queued"
        data: dict[str, object] = {
            self.profile.current.id_field: mail_id,
            "status": status,
            "message": "Email accepted",
            "createdAt": iso_milliseconds(call.arrived_at),
        }
        if request.scheduled_at is not None:
            data["scheduledAt"] = iso_milliseconds(request.scheduled_at)
        if blocked:
            data["warning"] = f"{len(blocked)} recipients are on the suppression list"
            data["blockedRecipients"] = blocked
        return data


def _blocked(request: SendRequest, *, suppressed: dict[str, str]) -> list[dict[str, str]]:
    if not suppressed:
        return []
    reasons = {address.lower(): reason for address, reason in suppressed.items()}
    return [
        {"email": address, "reason": reasons[address.lower()], "source": "suppression_list"}
        for address in dict.fromkeys(request.all_recipients)
        if address.lower() in reasons
    ]
