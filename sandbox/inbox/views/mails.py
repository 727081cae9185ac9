"""The mails: a page of them, and one with all that is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clock import iso_milliseconds
from sandbox.formamail.mail_document import mail_document, passed_steps
from sandbox.formamail.mail_pages import MailPages, relay_id
from sandbox.formamail.mails import Mail, steps_of
from sandbox.inbox.attachments import attachments_of
from sandbox.inbox.filling import fill
from sandbox.inbox.page import InboxError, Page, position_in
from sandbox.world import World

PAGE_SIZE = 50
_LONGEST_SEARCH = 320


@dataclass(frozen=True, slots=True)
class MailViews:
    """Reads the mails as Forma Mail stored them."""

    world: World
    pages: MailPages

    def list_mails(self, query: Mapping[str, str]) -> Page:
        """`/`: newest first; `q` looks for a recipient, a relay id or a mail's id."""
        wanted = query.get("q", "").strip()
        if len(wanted) > _LONGEST_SEARCH:
            text = f"look for at most {_LONGEST_SEARCH} characters"
            raise InboxError(text, status=400)
        before, after = position_in(query, "before"), position_in(query, "after")
        if after is not None:
            found = self.pages.newer(after=after, wanted=wanted, limit=PAGE_SIZE + 1)
            mails, has_newer, has_older = found[-PAGE_SIZE:], len(found) > PAGE_SIZE, True
        else:
            found = self.pages.older(before=before, wanted=wanted, limit=PAGE_SIZE + 1)
            mails, has_newer = found[:PAGE_SIZE], before is not None
            has_older = len(found) > PAGE_SIZE
        rows = [self._row(mail) for mail in mails]
        values = {
            "mails": rows,
            "total": self.pages.count(),
            "wanted": wanted,
            "newer": mails[0].sequence if mails and has_newer else None,
            "older": mails[-1].sequence if mails and has_older else None,
            "is_newest": before is None and after is None,
            "settled": all(row["settled"] for row in rows),
        }
        return Page("mails.html", "/", values)

    def show_mail(self, mail_id: str) -> Page:
        """`/inbox/mails/{id}`: the mail, opened."""
        forma_mail = self.world.forma_mail
        mail = forma_mail.mails.find(mail_id)
        if mail is None:
            raise InboxError("no mail of that id was accepted", status=404)
        template = forma_mail.templates.find(mail.template_id)
        now, profile = self.world.clock.now(), self.world.profile.current
        document = mail_document(mail, template=template, now=now, profile=profile)
        steps = passed_steps(mail, now=now, profile=profile)
        values = {
            "mail": mail,
            "body": mail.body,
            "status": document["status"],
            "settled": _is_settled(mail, document["status"]),
            "sender": document["from"],
            "changes": [(step, iso_milliseconds(moment)) for step, moment in steps.items()],
            "content": fill(template, body=mail.body),
            "key_name": self._key_name(mail),
            "relay_id": relay_id(mail.body),
            "attachments": attachments_of(mail.body, templates=forma_mail.templates),
        }
        return Page("mail.html", "/", values)

    def _row(self, mail: Mail) -> dict[str, object]:
        template = self.world.forma_mail.templates.find(mail.template_id)
        step_seconds = self.world.profile.current.status_step_seconds
        status = mail.status(now=self.world.clock.now(), step_seconds=step_seconds)
        copies = len(mail.body.get("cc") or []) + len(mail.body.get("bcc") or [])
        return {
            "id": mail.id,
            "accepted_at": mail.accepted_at,
            "to": mail.body["to"][0]["email"],
            "others": len(mail.body["to"]) - 1 + copies,
            "subject": fill(template, body=mail.body).subject,
            "status": status,
            "settled": _is_settled(mail, status),
            "key_name": self._key_name(mail),
            "relay_id": relay_id(mail.body),
            "attachments": len(mail.body.get("attachments") or []),
        }

    def _key_name(self, mail: Mail) -> str:
        key = self.world.forma_mail.keys.find(mail.key_id)
        return "unknown" if key is None else key.name


def _is_settled(mail: Mail, status: object) -> bool:
    """Whether nothing further happens to the mail by itself."""
    return status == steps_of(mail.ending)[-1]
