"""AWS clients that are made and used once before the fork, and are as good as new after it.

Making one costs more than everything else that a process of a run does.
"""

from __future__ import annotations

from typing import Any

import boto3

from formarelay.aws.session import AwsSession


class Stock:
    """Gives the same client for the same arguments, to whoever asks a boto3 session for one.

    Args:
        session: Makes the clients.
    """

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._make = boto3.Session.client

    def install(self) -> None:
        for session in (boto3.Session, AwsSession):
            session.client = self._client  # type: ignore[method-assign,assignment]

    def close(self) -> None:
        """Closes every connection, so that no two processes share one."""
        for client in self._clients.values():
            client.close()

    def _client(self, service_name: str, config: Any = None, **named: Any) -> Any:
        if named:
            raise AssertionError(f"the stock does not know what {sorted(named)} mean")
        options = sorted(vars(config).items(), key=str) if config is not None else []
        key = (service_name, repr(options))
        if key not in self._clients:
            make: Any = self._make
            self._clients[key] = make(self._session, service_name, config=config)
        return self._clients[key]
