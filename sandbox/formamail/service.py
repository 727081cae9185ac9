"""The twin of Forma Mail: routes, and what every request passes before its handler."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.exchange import Call, Reply, Route, RouteTable
from sandbox.formamail.account import Account
from sandbox.formamail.bulk import Bulk
from sandbox.formamail.dashboard import LOGIN, SESSION, Dashboard
from sandbox.formamail.envelope import RefusalError, refusal_reply
from sandbox.formamail.keys import ApiKey, KeyRing
from sandbox.formamail.mail_events import MailEvents
from sandbox.formamail.mails import MailStore
from sandbox.formamail.rate_limit import RateLimiter, Verdict, untouched
from sandbox.formamail.rate_profiles import rule_for
from sandbox.formamail.rate_reply import too_many_requests
from sandbox.formamail.reading import Reading
from sandbox.formamail.sending import Sending
from sandbox.formamail.subscriptions import Subscriptions
from sandbox.formamail.templates import TemplateStore
from sandbox.formamail.usage import UsageMeter
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import DeliveryQueue
from sandbox.webhooks.store import WebhookStore


class FormaMail:
    """Serves every route under each of its prefixes, from one state."""

    name = "forma-mail"
    prefixes = ("/api/v1", "/api")

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        profile: ProfileStore,
        webhooks: WebhookStore,
        deliveries: DeliveryQueue,
    ) -> None:
        self._clock = clock
        self._profile = profile
        self.account = Account(database)
        self.keys = KeyRing(database)
        self.templates = TemplateStore(database, now=clock.now())
        self.mails = MailStore(database)
        self.usage = UsageMeter(self.mails)
        self.limiter = RateLimiter()
        events = MailEvents(profile, webhooks, deliveries)
        sending = Sending(clock, profile, self.templates, self.mails, self.usage, events)
        reading = Reading(clock, profile, self.templates, self.mails, self.usage, self.account)
        self._dashboard = Dashboard(self.account, profile, self.keys)
        self.table = RouteTable(
            [
                *_routes(sending, reading),
                *Subscriptions(profile, webhooks, events).routes(),
                *self._dashboard.routes(),
            ]
        )

    def admit(self, call: Call) -> Reply | None:
        """Route, authenticate, judge the rate, check the permission; in that order."""
        found = self.table.find(call.method, call.route_path)
        if found is None:
            return self.refuse(call, status=404)
        call.route, call.parameters = found
        if call.route.access in (LOGIN, SESSION):
            # No document limits the dashboard, and its calls cost no key anything.
            refusal = self._dashboard.admit(call)
            return None if refusal is None else self._refusal_reply(refusal, call=call)
        key, failure = self._authenticate(call)
        verdict = self._judge(call.route, key=key, now=call.arrived_at, take=True)
        call.answer_headers = verdict.headers()
        if not verdict.admitted:
            return too_many_requests(
                verdict.wait_seconds,
                call=call,
                now=self._clock.now(),
                profile=self._profile.current,
            )
        if key is None or failure is not None:
            return self._refusal_reply(failure or RefusalError(401), call=call)
        call.key_id = key.id
        self.keys.note_use(key, now=call.arrived_at)
        if not self._is_permitted(call, key=key):
            return self.refuse(call, status=403)
        return None

    def answer(self, call: Call) -> Reply:
        """Run the handler of an admitted request."""
        if call.route is None:
            return self.refuse(call, status=404)
        try:
            return call.route.handler(call)
        except RefusalError as refusal:
            return self._refusal_reply(refusal, call=call)

    def refuse(self, call: Call, *, status: int) -> Reply:
        """An error of that status with its usual code."""
        return self._refusal_reply(RefusalError(status), call=call)

    def complete(self, call: Call, reply: Reply) -> None:
        """Add the rate-limit headers: every answer carries them."""
        if not call.answer_headers:
            key, _ = self._authenticate(call)
            verdict = self._judge(call.route, key=key, now=call.arrived_at, take=False)
            call.answer_headers = verdict.headers()
        reply.headers.update(call.answer_headers)

    def allowance(self, key: ApiKey, *, now: float) -> Verdict:
        """What the rate limit leaves a key for sending; asking takes nothing."""
        found = self.table.find("POST", "/emails/send")
        return self._judge(None if found is None else found[0], key=key, now=now, take=False)

    def reload(self) -> None:
        """Take the state of the database, with full allowances."""
        self.account.load()
        self.keys.load()
        self.templates.load(now=self._clock.now())
        self.usage.forget()
        self.limiter.reset()

    def _authenticate(self, call: Call) -> tuple[ApiKey | None, RefusalError | None]:
        try:
            header = call.headers.get("Authorization")
            return self.keys.authenticate(header, now=call.arrived_at), None
        except RefusalError as refusal:
            return None, refusal

    def _judge(self, route: Route | None, *, key: ApiKey | None, now: float, take: bool) -> Verdict:
        rule = rule_for(
            self._profile.current,
            rate_class="other" if route is None else route.rate_class,
            key_id=None if key is None else key.id,
            key_limit=None if key is None else key.rate_limit,
        )
        if rule.allowance is None:
            return untouched(rule.limit, now=now)
        return self.limiter.judge(rule.counter, allowance=rule.allowance, now=now, take=take)

    def _is_permitted(self, call: Call, *, key: ApiKey) -> bool:
        needed = "" if call.route is None else call.route.access
        if needed == "usage":
            needed = self._profile.current.usage_permission or ""
        return not needed or needed in key.permissions

    def _refusal_reply(self, refusal: RefusalError, *, call: Call) -> Reply:
        style = self._profile.current.error_style
        return refusal_reply(refusal, call=call, now=self._clock.now(), style=style)


def _routes(sending: Sending, reading: Reading) -> list[Route]:
    return [
        Route("POST", "/emails/send", sending.send, "emails:send", "send"),
        Route("POST", "/emails/send/bulk", Bulk(sending).send, "emails:send", "bulk"),
        Route("GET", "/emails/usage/stats", reading.usage_stats, "usage"),
        Route("GET", "/emails", reading.list_emails, "emails:read", "emails_read"),
        Route("GET", "/emails/{id}", reading.get_email, "emails:read", "emails_read"),
        Route("GET", "/templates", reading.list_templates, "templates:read", "templates_read"),
        Route("GET", "/templates/{id}", reading.get_template, "templates:read", "templates_read"),
        Route("GET", "/me", reading.me),
    ]
