"""Forma Mail's reads: emails, usage, templates, and who the key belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clock import Clock, parse_instant
from sandbox.exchange import Call, Reply, json_reply
from sandbox.formamail.account import Account
from sandbox.formamail.checks import Problems
from sandbox.formamail.envelope import RefusalError, enveloped, invalid
from sandbox.formamail.mail_document import TEAM_ID, mail_document
from sandbox.formamail.mails import MailStore, Search
from sandbox.formamail.paging import meta_of, paging_of
from sandbox.formamail.templates import TYPES, TemplateStore
from sandbox.formamail.usage import UsageMeter
from sandbox.formamail.usage_nonsense import spoilt_usage
from sandbox.profile import ProfileStore

STATUSES = (
    "pending",
    "scheduled",
    "queued",
    "processing",
    "sent",
    "delivered",
    "bounced",
    "complained",
    "rejected",
    "failed",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The GET endpoints. None of them changes anything."""

    clock: Clock
    profile: ProfileStore
    templates: TemplateStore
    mails: MailStore
    usage: UsageMeter
    account: Account

    def list_emails(self, call: Call) -> Reply:
        """`GET emails`: filtered, paged, newest first; unknown parameters have no effect."""
        profile = self.profile.current
        problems: Problems = []
        limit, page = paging_of(call.query, problems=problems)
        search = self._search(call.query, problems=problems)
        if problems:
            raise invalid(problems)
        total, mails = self.mails.search(search, limit=limit, offset=(page - 1) * limit)
        data = [
            mail_document(
                mail,
                template=self.templates.find(mail.template_id),
                now=search.now,
                profile=profile,
            )
            for mail in mails
        ]
        return enveloped(200, data, profile=profile, meta=meta_of(total, limit=limit, page=page))

    def get_email(self, call: Call) -> Reply:
        """`GET emails/{id}`."""
        mail = self.mails.find(call.parameters["id"])
        if mail is None:
            raise RefusalError(404, "EMAIL_NOT_FOUND", "Email not found")
        profile = self.profile.current
        document = mail_document(
            mail,
            template=self.templates.find(mail.template_id),
            now=self.clock.now(),
            profile=profile,
        )
        return enveloped(200, document, profile=profile)

    def usage_stats(self, _call: Call) -> Reply:
        """`GET emails/usage/stats`: always bare (seed)."""
        profile = self.profile.current
        if profile.usage_override is not None:
            return json_reply(200, profile.usage_override)
        self.usage.turn_to(self.clock.now())
        document = self.usage.document(profile)
        if profile.usage_nonsense is not None:
            return json_reply(200, spoilt_usage(document, nonsense=profile.usage_nonsense))
        return json_reply(200, document)

    def list_templates(self, call: Call) -> Reply:
        """`GET templates`."""
        problems: Problems = []
        limit, page = paging_of(call.query, problems=problems)
        wanted = call.query.get("type")
        if wanted is not None and wanted not in TYPES:
            problems.append(("type", f"must be one of {', '.join(TYPES)}"))
        if problems:
            raise invalid(problems)
        found = [item for item in self.templates.all() if wanted in (None, item.type)]
        shown = found[(page - 1) * limit : page * limit]
        return enveloped(
            200,
            [template.document() for template in shown],
            profile=self.profile.current,
            meta=meta_of(len(found), limit=limit, page=page),
        )

    def get_template(self, call: Call) -> Reply:
        """`GET templates/{id}`: by UUID, short id or slug."""
        template = self.templates.find(call.parameters["id"])
        if template is None:
            raise RefusalError(404, "TEMPLATE_NOT_FOUND", "Template not found")
        return enveloped(200, template.document(), profile=self.profile.current)

    def me(self, _call: Call) -> Reply:
        """`GET me`."""
        owner = {
            "id": "user_sandbox",
            "email": self.account.login.email,
            "name": "Sandbox Owner",
            "teamId": TEAM_ID,
            "teamName": "Sandbox Team",
        }
        return enveloped(200, owner, profile=self.profile.current)

    def _search(self, query: Mapping[str, str], *, problems: Problems) -> Search:
        now = self.clock.now()
        profile = self.profile.current
        status = query.get("status")
        if status is not None and status not in STATUSES:
            problems.append(("status", f"must be one of {', '.join(STATUSES)}"))
        template_ref = query.get("templateId")
        template = None if template_ref is None else self.templates.find(template_ref)
        return Search(
            visible_before=now - profile.list_lag_seconds,
            now=now,
            step_seconds=profile.status_step_seconds,
            recipient=_text(query.get("recipient")),
            template_id=template.id if template is not None else _text(template_ref),
            status=status,
            date_from=_instant("dateFrom", query, problems=problems),
            date_to=_instant("dateTo", query, problems=problems),
        )


def _instant(name: str, query: Mapping[str, str], *, problems: Problems) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        problems.append((name, "must be an ISO 8601 date"))
        return None


def _text(value: str | None) -> str | None:
    # A lone surrogate can't be bound to a statement, and no stored text holds one.
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")
