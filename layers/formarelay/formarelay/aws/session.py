"""Clients of AWS services, as lean as a cold start wants them.

Without boto3: it adds the resources and the transfers of S3 to botocore's clients, which nobody
here uses, and its import takes longer than that of everything of ours.
"""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from botocore.config import Config


class AwsSession:
    """Makes clients that share the credentials, and one TLS context for all their connections.

    Region, endpoint and credentials come from the environment, as botocore finds them.
    """

    def __init__(self) -> None:
        self._session = botocore.session.Session()
        self._context: ssl.SSLContext | None = None

    def client(self, service_name: str, config: Config | None = None) -> Any:
        """A client of the service; the caller knows its type."""
        client = self._session.create_client(service_name, config=config)
        self._share_context(client)
        return client

    def _share_context(self, client: Any) -> None:
        """botocore makes a context for each client, and reads all authorities into it again for
        each connection: 25 ms of CPU, and a cold batch of ten opens ten connections.

        It has no setting for that. Where the place is another one some day, its own way is kept.
        """
        try:
            settings = client._endpoint.http_session._manager.connection_pool_kw
            context = settings["ssl_context"]
        except (AttributeError, KeyError):
            return
        if self._context is None:
            read_bundles_once(context)
            self._context = context
        settings["ssl_context"] = self._context


def read_bundles_once(context: ssl.SSLContext) -> None:
    """Makes the context ignore that it shall load authorities which it has already loaded.

    A bundle that changes on disk is seen by the next process only.
    """
    load, lock = context.load_verify_locations, threading.Lock()
    loaded: set[tuple[Any, ...]] = set()

    def load_once(cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        with lock:
            if (cafile, capath, cadata) not in loaded:
                load(cafile, capath, cadata)
                loaded.add((cafile, capath, cadata))

    context.load_verify_locations = load_once  # type: ignore[method-assign]
