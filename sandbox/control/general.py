"""Control of the sandbox itself: health, reset, profile, faults, clock, journal."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import iso_milliseconds
from sandbox.control.inputs import ControlError, body_of, instant_in, number_in, paging_of
from sandbox.exchange import Call, Reply, Route, json_reply
from sandbox.knobs import KnobError
from sandbox.openapi.document import openapi_document
from sandbox.profile import CHECKS
from sandbox.world import World

_RULE_FIELDS = ("route", "fault", "times", "skip", "every")


@dataclass(frozen=True, slots=True)
class GeneralControl:
    """Handlers that belong to no provider."""

    world: World

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", "/health", self.health),
            Route("GET", "/openapi.json", self.openapi),
            Route("POST", "/reset", self.reset),
            Route("GET", "/profile", self.get_profile),
            Route("PUT", "/profile", self.put_profile),
            Route("GET", "/faults", self.list_faults),
            Route("POST", "/faults", self.add_fault),
            Route("DELETE", "/faults", self.clear_faults),
            Route("GET", "/clock", self.get_clock),
            Route("PUT", "/clock", self.put_clock),
            Route("GET", "/requests", self.list_requests),
        ]

    def health(self, _call: Call) -> Reply:
        """200 when ready."""
        return json_reply(200, {"status": "ok"})

    def openapi(self, _call: Call) -> Reply:
        """What is served."""
        return json_reply(200, openapi_document())

    def reset(self, _call: Call) -> Reply:
        """Empty state, default profile."""
        self.world.reset()
        return json_reply(200, {"status": "reset"})

    def get_profile(self, _call: Call) -> Reply:
        """Every knob."""
        return json_reply(200, self.world.profile.document())

    def put_profile(self, call: Call) -> Reply:
        """Turn the named knobs, leave the others."""
        values = body_of(call, allowed=tuple(CHECKS))
        try:
            self.world.change_profile(values)
        except KnobError as error:
            raise ControlError(str(error)) from None
        return self.get_profile(call)

    def list_faults(self, _call: Call) -> Reply:
        """The script, with how often each rule has counted and fired."""
        rules = [rule.document() for rule in self.world.faults.rules]
        return json_reply(200, {"faults": rules})

    def add_fault(self, call: Call) -> Reply:
        """Append a rule."""
        values = body_of(call, allowed=_RULE_FIELDS)
        try:
            rule = self.world.faults.add(values)
        except KnobError as error:
            raise ControlError(str(error)) from None
        return json_reply(201, rule.document())

    def clear_faults(self, _call: Call) -> Reply:
        """Remove every rule."""
        self.world.faults.clear()
        return json_reply(200, {"faults": []})

    def get_clock(self, _call: Call) -> Reply:
        """The present instant and how far it is from the machine's."""
        now = self.world.clock.now()
        offset_seconds = self.world.clock.offset_seconds
        document = {"now": now, "iso": iso_milliseconds(now), "offset_seconds": offset_seconds}
        return json_reply(200, document)

    def put_clock(self, call: Call) -> Reply:
        """`{offset_seconds}` against the machine's clock, or `{now}`; then it runs on."""
        document = body_of(call, allowed=("offset_seconds", "now"))
        if len(document) != 1:
            raise ControlError("exactly one of offset_seconds and now is needed")
        if "now" in document:
            instant = instant_in(document, "now")
            if instant is None:
                raise ControlError("now must be ISO 8601 or unix seconds")
            offset_seconds = instant - (self.world.clock.now() - self.world.clock.offset_seconds)
        else:
            offset_seconds = number_in(document["offset_seconds"], "offset_seconds")
        try:
            self.world.move_clock(offset_seconds=offset_seconds)
        except ValueError as error:
            raise ControlError(str(error)) from None
        return self.get_clock(call)

    def list_requests(self, call: Call) -> Reply:
        """The journal in order of arrival; `forgotten` of the oldest are no longer held."""
        limit, offset = paging_of(call)
        journal = self.world.journal
        entries = [entry.document() for entry in journal.read(limit=limit, offset=offset)]
        document = {"total": journal.total, "forgotten": journal.forgotten, "requests": entries}
        return json_reply(200, document)
