"""The mails: a page of them, and one with all that is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.formamail.mail_document import mail_document
from sandbox.formamail.mail_pages import MailPages, relay_id
from sandbox.formamail.mails import Mail
from sandbox.inbox.attachments import attachments_of
from sandbox.inbox.filling import fill
from sandbox.inbox.page import InboxError, Page, position_in
from sandbox.world import World

PAGE_SIZE = 50
_LONGEST_SEARCH = 320
# Nothing further happens to a mail in one of these by itself.
_SETTLED = ("delivered", "bounced", "complained", "failed", "rejected")
_STEPS = {
    "queuedAt": "queued",
    "processingAt": "processing",
    "sentAt": "sent",
    "deliveredAt": "delivered",
    "failedAt": "failed",
}


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
        settled = all(row["status"] in _SETTLED for row in rows)
        values = {
            "mails": rows,
            "total": self.pages.count(),
            "wanted": wanted,
            "newer": mails[0].sequence if mails and has_newer else None,
            "older": mails[-1].sequence if mails and has_older else None,
            "is_newest": before is None and after is None,
            "settled": settled,
        }
        return Page("mails.html", "/", values)

    def show_mail(self, mail_id: str) -> Page:
        """`/inbox/mails/{id}`: the mail, opened."""
        forma_mail = self.world.forma_mail
        mail = forma_mail.mails.find(mail_id)
        if mail is None:
            raise InboxError("no mail of that id was accepted", status=404)
        template = forma_mail.templates.find(mail.template_id)
        document = mail_document(
            mail, template=template, now=self.world.clock.now(), profile=self.world.profile.current
        )
        values = {
            "mail": mail,
            "body": mail.body,
            "status": document["status"],
            "settled": document["status"] in _SETTLED,
            "sender": document["from"],
            "changes": _changes(document),
            "content": fill(template, body=mail.body),
            "key_name": self._key_name(mail),
            "relay_id": relay_id(mail.body),
            "attachments": attachments_of(mail.body, templates=forma_mail.templates),
        }
        return Page("mail.html", "/", values)

    def _row(self, mail: Mail) -> dict[str, object]:
        template = self.world.forma_mail.templates.find(mail.template_id)
        step_seconds = self.world.profile.current.status_step_seconds
        copies = len(mail.body.get("cc") or []) + len(mail.body.get("bcc") or [])
        return {
            "id": mail.id,
            "accepted_at": mail.accepted_at,
            "to": mail.body["to"][0]["email"],
            "others": len(mail.body["to"]) - 1 + copies,
            "subject": fill(template, body=mail.body).subject,
            "status": mail.status(now=self.world.clock.now(), step_seconds=step_seconds),
            "key_name": self._key_name(mail),
            "relay_id": relay_id(mail.body),
            "attachments": len(mail.body.get("attachments") or []),
        }

    def _key_name(self, mail: Mail) -> str:
        key = self.world.forma_mail.keys.find(mail.key_id)
        return "unknown" if key is None else key.name


def _changes(document: dict[str, object]) -> list[tuple[object, object]]:
    # One time stands for every bad ending; the status says which it was.
    words = {**_STEPS, "failedAt": document["status"]}
    return [(words[name], document[name]) for name in _STEPS if name in document]
