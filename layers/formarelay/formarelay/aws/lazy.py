"""Clients of AWS services that most containers never call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Client = TypeVar("Client")


class LazyClient(Generic[Client]):
    """Makes a client when it is first asked for, then always gives that one.

    A client costs a cold start tens of milliseconds. Usable from many threads: one of them makes
    the client, the others wait. What `make` raises leaves `get`, and the next `get` tries again.

    Args:
        make: Called from whichever thread is first.
    """

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Client] = []

    def get(self) -> Client:
        """The client."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
