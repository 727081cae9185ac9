"""Control of Forma Mail's twin: keys, accepted mails, templates."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.control.inputs import (
    ControlError,
    body_of,
    boolean_in,
    instant_in,
    objects_in,
    paging_of,
    refuse_unknown,
    text_in,
)
from sandbox.exchange import Call, Reply, Route, json_reply
from sandbox.formamail.keys import MAXIMUM_RATE_LIMIT, PERMISSIONS
from sandbox.formamail.mails import Mail
from sandbox.formamail.templates import TYPES, Variable
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class FormaMailControl:
    """Handlers for what the provider offers in its dashboard only."""

    world: World

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", "/keys", self.list_keys),
            Route("POST", "/keys", self.mint_key),
            Route("POST", "/keys/{id}/revoke", self.revoke_key),
            Route("GET", "/emails", self.list_emails),
            Route("GET", "/templates", self.list_templates),
            Route("POST", "/templates", self.add_template),
        ]

    def list_keys(self, _call: Call) -> Reply:
        """Every key, never with its value."""
        now = self.world.clock.now()
        keys = [key.document(now) for key in self.world.forma_mail.keys.all()]
        return json_reply(200, {"keys": keys})

    def mint_key(self, call: Call) -> Reply:
        """A new key; its value is in this answer and nowhere else."""
        document = body_of(call, allowed=("name", "permissions", "expiresAt", "rateLimit"))
        key, value = self.world.forma_mail.keys.mint(
            text_in(document, "name", default="sandbox"),
            permissions=_permissions(document.get("permissions", list(PERMISSIONS))),
            now=self.world.clock.now(),
            expires_at=instant_in(document, "expiresAt"),
            rate_limit=_rate_limit(document.get("rateLimit")),
            activation_seconds=self.world.profile.current.key_activation_seconds,
        )
        return json_reply(201, {"id": key.id, "apiKey": value})

    def revoke_key(self, call: Call) -> Reply:
        """End a key at once; doing it again changes nothing."""
        now = self.world.clock.now()
        key = self.world.forma_mail.keys.revoke(call.parameters["id"], now=now)
        if key is None:
            raise ControlError("no key of that id", status=404)
        return json_reply(200, key.document(now))

    def list_emails(self, call: Call) -> Reply:
        """Every mail truly accepted, in order, with the recipients as they were sent."""
        limit, offset = paging_of(call)
        total, mails = self.world.forma_mail.mails.in_order(limit=limit, offset=offset)
        now = self.world.clock.now()
        step_seconds = self.world.profile.current.status_step_seconds
        shown = [
            _mail_document(mail, status=mail.status(now=now, step_seconds=step_seconds))
            for mail in mails
        ]
        return json_reply(200, {"total": total, "emails": shown})

    def list_templates(self, _call: Call) -> Reply:
        """Every template with its three names."""
        templates = [template.document() for template in self.world.forma_mail.templates.all()]
        return json_reply(200, {"templates": templates})

    def add_template(self, call: Call) -> Reply:
        """A further template."""
        document = body_of(call, allowed=("slug", "name", "type", "subject", "variables"))
        slug = text_in(document, "slug")
        template_type = text_in(document, "type", default="email")
        if template_type not in TYPES:
            raise ControlError(f"type must be one of {', '.join(TYPES)}")
        variables = tuple(_variable(item) for item in objects_in(document, "variables"))
        try:
            template = self.world.forma_mail.templates.add(
                slug,
                name=text_in(document, "name", default=slug),
                template_type=template_type,
                subject=text_in(document, "subject", default=slug),
                variables=variables,
                now=self.world.clock.now(),
            )
        except ValueError as error:
            raise ControlError(str(error)) from None
        return json_reply(201, template.document())


def _permissions(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(item in PERMISSIONS for item in value):
        raise ControlError(f"permissions must be an array of {', '.join(PERMISSIONS)}")
    return tuple(dict.fromkeys(value))


def _rate_limit(value: object) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not isinstance(value, int) or not 1 <= value <= MAXIMUM_RATE_LIMIT:
        raise ControlError(f"rateLimit must be a whole number from 1 to {MAXIMUM_RATE_LIMIT}")
    return value


def _variable(document: dict[str, object]) -> Variable:
    refuse_unknown(document, allowed=("name", "type", "required", "defaultValue"))
    default = document.get("defaultValue")
    if default is not None and not isinstance(default, str):
        raise ControlError("defaultValue must be a string")
    return Variable(
        text_in(document, "name"),
        text_in(document, "type", default="string"),
        boolean_in(document, "required", default=False),
        default,
    )


def _mail_document(mail: Mail, *, status: str) -> dict[str, object]:
    body = mail.body
    return {
        "id": mail.id,
        "templateId": body["templateId"],
        "to": body["to"],
        "cc": body.get("cc") or [],
        "bcc": body.get("bcc") or [],
        "variables": body.get("variables") or {},
        "metadata": body.get("metadata") or {},
        "tags": body.get("tags") or [],
        "keyId": mail.key_id,
        "status": status,
        "acceptedAt": mail.accepted_at,
    }
