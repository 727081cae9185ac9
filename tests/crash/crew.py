"""Several workers at once, each in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, Self, TypeVar

from tests.crash.resources import Resources

_END_SECONDS = 20.0

CellT = TypeVar("CellT")
ResultT = TypeVar("ResultT")


class Crew(Generic[CellT, ResultT]):
    """A context manager; the workers live from `__enter__` to `__exit__`.

    Args:
        size: How many workers.
        resources: Of the template.
        work: The life of a worker's process: says that it is ready, and then sends a result for
            every cell that it receives, until None comes.
    """

    def __init__(
        self, size: int, resources: Resources, work: Callable[[Connection, Resources], None]
    ) -> None:
        self._size = size
        self._resources = resources
        self._work = work
        self._stack = ExitStack()
        self._free: list[Connection] = []

    def __enter__(self) -> Self:
        # Not forked: a worker has to begin without the threads and sockets of this process.
        context = multiprocessing.get_context("spawn")
        with ExitStack() as stack:
            for _ in range(self._size):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=self._work, args=(theirs, self._resources), daemon=True
                )
                process.start()
                theirs.close()
                stack.callback(_end, process, ours)
                self._free.append(ours)
            for connection in self._free:
                connection.recv()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, cells: Iterable[CellT]) -> Iterator[ResultT]:
        """The results in the order in which they come. Takes a cell when a worker is free for it.

        Raises EOFError when a worker has ended; its traceback is on stderr then.
        """
        busy: list[Connection] = []
        free = list(self._free)
        for cell in cells:
            if not free:
                yield from self._collect(busy, free)
            connection = free.pop()
            connection.send(cell)
            busy.append(connection)
        while busy:
            yield from self._collect(busy, free)

    @staticmethod
    def _collect(busy: list[Connection], free: list[Connection]) -> Iterator[ResultT]:
        for connection in wait(busy):
            assert isinstance(connection, Connection)
            result: ResultT = connection.recv()
            busy.remove(connection)
            free.append(connection)
            yield result


def _end(process: multiprocessing.process.BaseProcess, connection: Connection) -> None:
    # It may have ended already.
    with suppress(OSError):
        connection.send(None)
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    connection.close()
