"""The inbox's HTTP door: its addresses, the headers of every answer, what is refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox.cross_site import is_cross_site
from sandbox.formamail.mail_pages import MailPages
from sandbox.inbox.live import Live
from sandbox.inbox.page import InboxError, Page, problem_page
from sandbox.inbox.rendering import Renderer
from sandbox.inbox.views.faults import FaultViews
from sandbox.inbox.views.keys import KeyViews
from sandbox.inbox.views.mails import MailViews
from sandbox.inbox.views.requests import RequestViews
from sandbox.inbox.views.usage import UsageViews
from sandbox.world import World

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Without any, browsers would say `Origin: null` of the inbox's own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger("sandbox")


class Inbox:
    """Serves `/` and everything under `/inbox`. What it is asked is not in the journal."""

    def __init__(self, world: World) -> None:
        self._world = world
        pages = MailPages(world.database)
        self._mails = MailViews(world, pages)
        self._faults = FaultViews(world)
        self._renderer = Renderer()
        self._live = Live(world, pages, headers=HEADERS)

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        keys, usage = KeyViews(self._world), UsageViews(self._world)
        requests = RequestViews(self._world)
        pages: dict[str, Callable[[web.Request], Page]] = {
            "/": lambda request: self._mails.list_mails(request.query),
            "/inbox/mails/{id}": lambda request: self._mails.show_mail(request.match_info["id"]),
            "/inbox/keys": lambda _request: keys.list_keys(),
            "/inbox/usage": lambda _request: usage.show_usage(),
            "/inbox/faults": lambda _request: self._faults.show_menu(),
            "/inbox/requests": lambda request: requests.list_requests(request.query),
        }
        for address, view in pages.items():
            application.router.add_get(address, self._guarded(self._reader(view)))
        for name in sorted(path.name for path in _STATIC.iterdir() if path.suffix in _KINDS):
            application.router.add_get(f"/inbox/static/{name}", self._guarded(_file(name)))
        application.router.add_get("/inbox/events", self._live.stream, allow_head=False)
        for address, switch in (
            ("/inbox/faults", self._switch_on),
            ("/inbox/faults/off", self._switch_all_off),
            ("/inbox/faults/{number}/off", self._switch_off),
        ):
            application.router.add_post(address, self._guarded(self._writer(switch)))
        application.on_shutdown.append(self._live.stop)

    async def _switch_on(self, request: web.Request) -> Page | str:
        form = await _form(request)
        return self._faults.switch_on(form)

    async def _switch_off(self, request: web.Request) -> Page | str:
        return self._faults.switch_off(request.match_info["number"])

    async def _switch_all_off(self, _request: web.Request) -> Page | str:
        return self._faults.switch_all_off()

    def _reader(self, view: Callable[[web.Request], Page]) -> _Handler:
        async def read(request: web.Request) -> web.StreamResponse:
            return self._response(view(request))

        return read

    def _writer(self, switch: Callable[[web.Request], Awaitable[Page | str]]) -> _Handler:
        async def write(request: web.Request) -> web.StreamResponse:
            if is_cross_site(request.headers):
                text = "this form may be sent from the inbox's own pages only"
                raise InboxError(text, status=403)
            outcome = await switch(request)
            if isinstance(outcome, Page):
                return self._response(outcome)
            return web.Response(status=303, headers={"Location": outcome})

        return write

    def _guarded(self, handler: _Handler) -> _Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except InboxError as error:
                response = self._response(problem_page(error))
            except Exception as error:  # noqa: BLE001 (the last resort: no trace may get out)
                _log.error("inbox: %s failed: %s", request.method, type(error).__name__)
                failed = InboxError("the sandbox failed", status=500)
                response = self._response(problem_page(failed))
            response.headers.update(HEADERS)
            return response

        return guarded

    def _response(self, page: Page) -> web.Response:
        body = self._renderer.html(page, now=self._world.clock.now())
        return web.Response(
            status=page.status, body=body, content_type="text/html", charset="utf-8"
        )


def _file(name: str) -> _Handler:
    path = _STATIC / name
    body = path.read_bytes()

    async def send(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=_KINDS[path.suffix], charset="utf-8")

    return send


async def _form(request: web.Request) -> dict[str, str]:
    try:
        fields = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise InboxError("the form is too large", status=413) from None
    except (ValueError, LookupError, web.RequestPayloadError):
        raise InboxError("the form can't be read", status=400) from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}
