"""The one HTTP door: finds the service, runs the request through it, applies faults and delays."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from sandbox.control.service import Control
from sandbox.exchange import Call, Reply, Service, json_reply
from sandbox.fault_menu import Fault
from sandbox.inbox.door import Inbox
from sandbox.journal import Entry
from sandbox.masking import mask_headers, mask_text
from sandbox.spoiling import answers, deliver, spoilt_content
from sandbox.world import World

MAXIMUM_BODY_BYTES = 10 * 1024 * 1024  # provider docs, Limits & Quotas

_log = logging.getLogger("sandbox")


class Front:
    """Handles every request. Between a request's arrival and the end of its execution other
    requests may run, but each execution is one step that nothing interrupts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)
        services: tuple[Service, ...] = (world.forma_mail, world.formaloo, self._control)
        self._services = [(prefix, service) for service in services for prefix in service.prefixes]

    def application(self) -> web.Application:
        """The application to be served."""
        application = web.Application(client_max_size=MAXIMUM_BODY_BYTES)
        Inbox(self._world).add_to(application)
        # A dot would leave out paths with a line end.
        application.router.add_route("*", r"/{path:[\s\S]*}", self.handle)
        return application

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        arrived_at = self._world.clock.now()
        path = request.path
        service, prefix = self._service_of(path)
        call = Call(
            method=request.method,
            path=path,
            prefix=prefix,
            query=request.query if request.query_string else {},
            query_string=request.query_string,
            headers=request.headers,
            arrived_at=arrived_at,
        )
        if service is not None and service.name == self._control.name:
            return self._response(await self._executed(request, call=call, service=service))
        entry = self._journal(request, call=call, service=service)
        if service is None:
            entry.status = 404
            error = {"error": "no provider is served under this path"}
            return self._response(json_reply(404, error))
        fault = self._world.faults.due(call.method, path=call.route_path)
        reply = await self._reply(request, call=call, service=service, fault=fault)
        entry.note_body(call.body)
        entry.key_id = call.key_id
        if fault is not None:
            entry.fault = fault.text
        if answers(fault):
            entry.status = reply.status
        latency_ms = self._world.profile.current.latency_ms
        if latency_ms:
            await asyncio.sleep(latency_ms / 1000)
        return await deliver(request, response=self._response(reply), fault=fault)

    def _service_of(self, path: str) -> tuple[Service | None, str]:
        for prefix, service in self._services:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("/", ""):
                return service, prefix
        return None, ""

    def _journal(self, request: web.Request, *, call: Call, service: Service | None) -> Entry:
        entry = Entry(
            at=call.arrived_at,
            provider="unknown" if service is None else service.name,
            method=call.method,
            path=mask_text(call.path),
            query=mask_text(call.query_string),
            headers=mask_headers(request.raw_headers),
        )
        self._world.journal.add(entry)
        return entry

    async def _reply(
        self, request: web.Request, *, call: Call, service: Service, fault: Fault | None
    ) -> Reply:
        if fault is None:
            reply = await self._executed(request, call=call, service=service)
        elif fault.executes:
            executed = await self._executed(request, call=call, service=service)
            reply = spoilt_content(fault, reply=executed, call=call, service=service)
        else:
            # The whole request is taken in, so that from outside a mail that was accepted and
            # one that was not look the same.
            await self._read_body(request, call=call)
            reply = spoilt_content(fault, reply=None, call=call, service=service)
        service.complete(call, reply)
        return reply

    async def _executed(self, request: web.Request, *, call: Call, service: Service) -> Reply:
        try:
            reply = service.admit(call)
            if reply is None:
                problem = await self._read_body(request, call=call)
                reply = service.refuse(call, status=problem) if problem else service.answer(call)
            return reply
        except ConnectionError:
            raise  # the client is gone: nothing was executed, and nobody is there to be told
        except Exception as error:  # noqa: BLE001 (the door's last resort: no trace may get out)
            route = "unrouted" if call.route is None else call.route.pattern
            _log.error("%s %s failed: %s", call.method, route, type(error).__name__)
            return service.refuse(call, status=500)

    async def _read_body(self, request: web.Request, *, call: Call) -> int | None:
        if not request.body_exists:
            return None
        try:
            call.body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return 413
        except web.RequestPayloadError:
            return 400
        return None

    def _response(self, reply: Reply) -> web.Response:
        response = web.Response(
            status=reply.status,
            body=reply.body,
            headers=reply.headers,
            content_type=reply.content_type,
        )
        date = self._world.clock.http_date()
        if date is not None:
            response.headers["Date"] = date
        return response
