"""What a fault does to an answer: first to its content, then to the connection that carries it."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.exchange import Call, Reply, Service
from sandbox.fault_menu import Fault

_HTML = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_DROPPING = frozenset({"accept_then_drop", "drop_before_accept", "hang", "accept_then_hang"})
_DRIP_STEPS = 20


def answers(fault: Fault | None) -> bool:
    """Whether the client gets any answer at all."""
    return fault is None or fault.name not in _DROPPING


def spoilt_content(fault: Fault, *, reply: Reply | None, call: Call, service: Service) -> Reply:
    """The answer that the fault puts in place of `reply`, which is None if nothing was executed."""
    if fault.name in ("status", "accept_then_status"):
        return service.refuse(call, status=int(fault.argument))
    if fault.name in ("html", "accept_then_html"):
        return Reply(int(fault.argument), _HTML, "text/html")
    if fault.name == "retry_after":
        throttled = service.refuse(call, status=429)
        if fault.argument:
            throttled.headers["Retry-After"] = fault.argument
        return throttled
    if reply is None:
        return Reply(503)
    if fault.name == "empty":
        reply.body = b""
    elif fault.name == "broken_json":
        reply.body = reply.body[: len(reply.body) // 2]
    return reply


async def deliver(
    request: web.BaseRequest, *, response: web.Response, fault: Fault | None
) -> web.StreamResponse:
    """Send the answer as the fault lets it through. Waiting here is by the machine's clock: it is
    the client's patience that is tested."""
    if fault is None:
        return response
    if fault.name in ("hang", "accept_then_hang"):
        await asyncio.sleep(float(fault.argument))
    if not answers(fault):
        return _drop(request, response=response)
    if fault.name == "slow":
        await asyncio.sleep(float(fault.argument) / 1000)
    elif fault.name == "truncated":
        return await _cut_off(request, response=response)
    elif fault.name == "drip":
        return await _drip(request, response=response, seconds=float(fault.argument))
    return response


def _drop(request: web.BaseRequest, *, response: web.Response) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return response


def _streamed(response: web.Response) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(_body(response))
    return stream


def _body(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""


async def _cut_off(request: web.BaseRequest, *, response: web.Response) -> web.StreamResponse:
    # The header promises the whole body, half of it comes, then the connection ends.
    stream = _streamed(response)
    body = _body(response)
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return stream


async def _drip(
    request: web.BaseRequest, *, response: web.Response, seconds: float
) -> web.StreamResponse:
    stream = _streamed(response)
    body = _body(response)
    await stream.prepare(request)
    size = max(1, -(-len(body) // _DRIP_STEPS))
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _DRIP_STEPS)
        await stream.write(body[start : start + size])
    return stream
