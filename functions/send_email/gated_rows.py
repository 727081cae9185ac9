"""Rows of Formaloo, read only while its gate is open: during a swap of keys nobody calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from formarelay.errors import TransientError
from formarelay.window import Closure
from send_email.ports import RowGate, RowSource

if TYPE_CHECKING:
    from formarelay.formaloo.models import Row

# A swap takes seconds; the closure is as long as a rotation that died may hold it.
LONGEST_WAIT_SECONDS = 5.0


class RowsPausedError(TransientError):
    """Nobody may read rows now. None was asked for.

    Args:
        closure: Why, and for how long.
    """

    def __init__(self, closure: Closure) -> None:
        super().__init__(f"the gate is closed: {closure.reason}", service="formaloo")
        self.reason = closure.reason
        self.wait_seconds = min(closure.seconds, LONGEST_WAIT_SECONDS)


class GatedRows:
    """See `RowSource`. Raises `RowsPausedError` instead of a call while the gate is closed.

    Args:
        rows: Gives the source, when the first row is asked for.
    """

    def __init__(self, rows: Callable[[], RowSource], *, gate: RowGate) -> None:
        self._rows = rows
        self._gate = gate

    def row(self, slug: str) -> Row:
        closure = self._gate.closure()
        if closure is not None:
            raise RowsPausedError(closure)
        return self._rows().row(slug)
