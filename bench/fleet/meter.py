"""What was asked of the emulated AWS, and what DynamoDB would charge for it. Runs in its process.

Requests are counted by the access key that signed them, which the emulator takes for any name;
units of DynamoDB by the table.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import ministack.app
from ministack.services import dynamodb

from local.emulator.internals import Internal, ModuleFunction

PATH = "/_bench/requests"
# POST with `?TABLE=COUNT`: so many items into a table with the key `pk`, past all counting.
ITEMS_PATH = "/_bench/items"
EMPTY = "ReceiveMessage, empty"
READ_BYTES, WRITE_BYTES = 4096, 1024
_SIGNED_BY = re.compile(rb"Credential=([^/]+)/")
# An answer without a message; one with a message is longer.
_EMPTY_BYTES = 40

_READ = ModuleFunction(module="ministack.services.dynamodb", name="_get_item", parameters=("data",))
_WRITES = tuple(
    ModuleFunction(module="ministack.services.dynamodb", name=name, parameters=("data",))
    for name in ("_put_item", "_update_item", "_delete_item")
)
# What a statement of PartiQL becomes, alone or among others.
_STATEMENTS = (
    ModuleFunction(
        module="ministack.services.dynamodb",
        name="_partiql_insert",
        parameters=("table", "parsed"),
    ),
    ModuleFunction(
        module="ministack.services.dynamodb",
        name="_partiql_update",
        parameters=("table", "parsed", "data"),
    ),
)
INTERNALS: tuple[Internal, ...] = (_READ, *_WRITES, *_STATEMENTS)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Meter:
    """An ASGI application around the emulator's own."""

    def __init__(self, application: Callable[[Any, Receive, Send], Awaitable[None]]) -> None:
        self._application = application
        self._requests: dict[str, Counter[str]] = {}
        self._units: dict[str, Counter[str]] = {}

    def count_units(self) -> None:
        """From now on. Whatever is refused is charged by the item that it met, as AWS does."""
        read = _READ.read()

        def reading(data: dict[str, Any]) -> Any:
            consistent = 1.0 if data.get("ConsistentRead") else 0.5
            units = max(1, math.ceil(_stored_bytes(data) / READ_BYTES)) * consistent
            self._charge(data, "read", units)
            return read(data)

        _READ.write(reading)
        for write in _WRITES:
            write.write(self._charged(write.read()))
        for statement in _STATEMENTS:
            statement.write(self._charged_statement(statement.read()))

    def _charged(self, write: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def writing(data: dict[str, Any]) -> Any:
            before = _stored_bytes(data)
            answer = write(data)
            size = max(before, _stored_bytes(data))
            self._charge(data, "write", max(1, math.ceil(size / WRITE_BYTES)))
            return answer

        return writing

    def _charged_statement(self, carry_out: Callable[..., Any]) -> Callable[..., Any]:
        def carrying_out(table: dict[str, Any], parsed: dict[str, Any], *more: Any) -> Any:
            key = (parsed.get("item") or _equalities(parsed)).get(table["pk_name"])
            about = {"TableName": parsed["table"], "Key": {table["pk_name"]: key}}
            return self._charged(lambda _: carry_out(table, parsed, *more))(about)

        return carrying_out

    def _charge(self, data: dict[str, Any], kind: str, units: float) -> None:
        # A counter takes halves as well.
        self._units.setdefault(str(data.get("TableName")), Counter())[kind] += units  # type: ignore[assignment]

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["path"] == PATH:
            await self._tell(send)
            return
        if scope["path"] == ITEMS_PATH:
            table, _, count = scope["query_string"].decode().partition("=")
            _fill(table, int(count))
            await self._tell(send)
            return
        headers = dict(scope["headers"])
        operation = headers.get(b"x-amz-target", b"other").decode().rpartition(".")[2]
        signed = _SIGNED_BY.search(headers.get(b"authorization", b""))
        length = 0

        async def sending(message: Message) -> None:
            nonlocal length
            length += len(message.get("body", b""))
            await send(message)

        await self._application(scope, receive, sending)
        if operation == "ReceiveMessage" and length < _EMPTY_BYTES:
            operation = EMPTY
        signer = signed.group(1).decode() if signed else ""
        self._requests.setdefault(signer, Counter())[operation] += 1

    async def _tell(self, send: Send) -> None:
        told = {"requests": self._requests, "units": self._units}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def install() -> None:
    """Puts a meter before the emulator."""
    meter = Meter(ministack.app.app)
    meter.count_units()
    ministack.app.app = meter


def _stored_bytes(data: dict[str, Any]) -> int:
    """The size of the item that a request is about, as it is stored now; 0 without one."""
    table = dynamodb._tables.get(data.get("TableName"))
    if not table:
        return 0
    key = (data.get("Key") or data.get("Item") or {}).get(table["pk_name"], {})
    stored = table["items"].get(next(iter(key.values()), None), {})
    return sum(dynamodb._item_size_bytes(item) for item in stored.values())


def _equalities(parsed: dict[str, Any]) -> dict[str, Any]:
    """What the condition of a statement says that attributes are."""
    return {name: value for name, operator, value in parsed["conditions"] if operator == "="}


def _fill(table_name: str, count: int) -> None:
    """Settled mails; they share one body, for the machine's memory."""
    item = {
        "state": {"S": "SENT"},
        "claim_id": {"S": "0" * 32},
        "fingerprint": {"S": "0" * 64},
        "relay_id": {"S": "0" * 36},
        "attempts": {"N": "1"},
        "email_id": {"S": "0" * 36},
    }
    items = dynamodb._tables[table_name]["items"]
    for number in range(count):
        items[f"mail#{number:064x}"] = {"__no_sort__": item}
