"""Conditional writes of several threads in one request of DynamoDB.

A request costs its caller's processor many times what a statement in it does.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError
from msgspec import Struct, field

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Amazon DynamoDB API reference, BatchExecuteStatement: at most 25 statements a request.
MAXIMUM_STATEMENTS = 25
# Many times what a request takes, the first of a cold start included. Whoever has waited longer is
# behind one that hangs.
PATIENCE_SECONDS = 1.0

T = TypeVar("T")


class _Write(Struct, frozen=True, eq=False):
    statement: str
    parameters: list[dict[str, Any]]
    turn: Future[list[_Write] | bool] = field(default_factory=Future)
    """The others that it shall ask for, too; or whether somebody else's request did it."""


class GroupedWrites:
    """Lets writes that meet share a request, and delays none that meets no other.

    While no request is on its way, a write goes by itself at once. Those that come meanwhile go
    together when that one is answered. A write whose statement was not carried out, for whatever
    reason, then goes by itself after all: what shares a request shares nothing else.

    Safe to use from many threads.

    Args:
        client: A DynamoDB client.
        patience_seconds: Whoever has waited so long for the others' request goes by itself.
    """

    def __init__(
        self, client: DynamoDBClient, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._client = client
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._waiting: deque[_Write] = deque()
        self._on_its_way = False

    def write(
        self,
        statement: str,
        parameters: list[dict[str, Any]],
        *,
        written: T,
        alone: Callable[[], T],
    ) -> T:
        """Carries the write out, with others or alone.

        Args:
            statement: In PartiQL, about one item; it must fail when its condition does not hold.
            parameters: One for each of its question marks.
            written: What to return when it was carried out with others.
            alone: Carries it out by itself. Must bear that the statement had been carried out
                before: an answer may have been lost.

        Raises:
            BotoCoreError: The request with others got no answer. As `alone` raises it.
            ClientError: As `alone` raises it.
        """
        mine = _Write(statement, parameters)
        with self._lock:
            if self._on_its_way:
                self._waiting.append(mine)
            else:
                self._on_its_way = True
                mine.turn.set_result([])
        turn = self._turn(mine)
        if isinstance(turn, bool):
            return written if turn else alone()
        try:
            if turn and self._write_with(mine, turn):
                return written
            return alone()
        finally:
            self._hand_over()

    def _turn(self, mine: _Write) -> list[_Write] | bool:
        try:
            return mine.turn.result(self._patience_seconds)
        except TimeoutError:
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    return False
        # Somebody asks for it at this moment, or would wait for it to ask.
        return mine.turn.result()

    def _write_with(self, mine: _Write, others: list[_Write]) -> bool:
        """Tells the others how theirs went, whatever happens, and returns how this one did."""
        try:
            was_done, *were_done = self._carried_out([mine, *others])
        except BaseException as failure:
            for each in others:
                each.turn.set_exception(failure)
            raise
        for each, done in zip(others, were_done, strict=True):
            each.turn.set_result(done)
        return was_done

    def _carried_out(self, group: list[_Write]) -> list[bool]:
        statements: Any = [
            {"Statement": each.statement, "Parameters": each.parameters} for each in group
        ]
        try:
            answer = self._client.batch_execute_statement(Statements=statements)
        except ClientError:
            # It was answered, if only that these may not go together.
            return [False for _ in group]
        responses = answer["Responses"]
        return ["Error" not in response for _, response in zip(group, responses, strict=True)]

    def _hand_over(self) -> None:
        with self._lock:
            size = min(len(self._waiting), MAXIMUM_STATEMENTS)
            group = [self._waiting.popleft() for _ in range(size)]
            self._on_its_way = bool(group)
        if group:
            # Not the first itself: it would hold itself in memory until the collector looks.
            group[0].turn.set_result(group[1:])
