"""What it means when AWS does not answer a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from relayctl.advice import advice, is_forbidden
from relayctl.doctor.fact import UnseenError

_GONE = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
}


class Client(Protocol):
    """Any client of boto3."""

    @property
    def meta(self) -> Any: ...


@contextmanager
def asking(client: Client, what: str) -> Iterator[None]:
    """Turns what AWS refuses into `UnseenError`, with the name of the permission that is missing.

    Args:
        client: The one that the block asks; the block also reads the answer.
        what: The thing that the block asks about, for a person.
    """
    try:
        yield
    except ClientError as error:
        if is_forbidden(code_of(error)):
            service = client.meta.service_model.service_name
            raise UnseenError(f"needs the permission {service}:{error.operation_name}") from error
        if code_of(error) in _GONE:
            raise UnseenError(f"{what} does not exist", gone=True) from error
        raise UnseenError(advice(error)) from error
    except BotoCoreError as error:
        raise UnseenError(advice(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Never a traceback: what an emulator or a later AWS says may be of another shape.
        kind = type(error).__name__
        raise UnseenError(f"AWS described {what} in an unknown way ({kind})") from error


def code_of(error: ClientError) -> str:
    """AWS's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def answered_at(response: Any) -> float:
    """AWS's clock when it answered, in whole Unix seconds."""
    date = response["ResponseMetadata"]["HTTPHeaders"]["date"]
    return parsedate_to_datetime(date).timestamp()
