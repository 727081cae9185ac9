"""Clients of AWS services, as lean as a cold start wants them.

Without boto3: it adds the resources and the transfers of S3 to botocore's clients, which nobody
here uses, and its import takes longer than that of everything of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.httpsession import get_cert_path
from botocore.loaders import Loader

from formarelay.tls import shared_ssl_context

if TYPE_CHECKING:
    from botocore.config import Config


class AwsSession:
    """Makes clients that share the credentials, and one TLS context for all their connections.

    Region, endpoint and credentials come from the environment, as botocore finds them. The context
    is the providers' own as well, unless `AWS_CA_BUNDLE` names other authorities for AWS.
    """

    def __init__(self) -> None:
        self._session = botocore.session.Session()
        self._models = _Models()
        self._session.register_component("data_loader", self._models)

    def client(self, service_name: str, config: Config | None = None) -> Any:
        """A client of the service; the caller knows its type.

        Raises:
            SettingsError: The file that `AWS_CA_BUNDLE` names cannot be read.
        """
        self._models.services.append(service_name)
        client = self._session.create_client(service_name, config=config)
        _share_context(client)
        return client


class _Models(Loader):
    """botocore's descriptions of services. To learn which there are, it looks into each of its four
    hundred folders; this one is told."""

    def __init__(self) -> None:
        super().__init__()
        self.services: list[str] = []

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return self.services


def _share_context(client: Any) -> None:
    """botocore makes a context for each client, and reads all authorities into it again for each
    connection: 25 ms of CPU, and a cold batch of ten opens ten connections.

    It has no setting for that. Where the place is another one some day, its own way is kept.
    """
    try:
        http = client._endpoint.http_session
        bundle = get_cert_path(http._verify)
        settings = http._manager.connection_pool_kw
    except AttributeError:
        return
    if bundle and "ssl_context" in settings:
        settings["ssl_context"] = shared_ssl_context(bundle, "AWS")
