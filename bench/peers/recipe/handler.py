"""Powertools for AWS Lambda as its documentation combines its utilities: the batch processor, each
message parsed by a model, each mail idempotent in DynamoDB, the secret from Parameters, with
Logger, Metrics and Tracer.

From docs.powertools.aws.dev (lambda/python): utilities/batch ("Processing messages from SQS",
"Pydantic integration", "Tracing with AWS X-Ray"), utilities/idempotency ("Integrating batch with
idempotency", "Lambda timeouts"), utilities/parameters ("Fetching secrets") and the pages of the
three core utilities. The call to the provider is the same as naive's.
"""

from __future__ import annotations

import os
from typing import Any

import requests
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Json

TIMEOUT_SECONDS = 20
SECRET_SECONDS = 300


class Recipient(BaseModel):
    """One address."""

    email: str
    name: str | None = None


class Mail(BaseModel):
    """The body of a message."""

    model_config = ConfigDict(extra="allow")

    templateId: str  # noqa: N815 (the provider's name)
    to: list[Recipient]
    variables: dict[str, Any]
    idempotencyKey: str  # noqa: N815 (as above)


class MailRecord(SqsRecordModel):
    """A message of the queue with a mail in it."""

    body: Json[Mail]


logger = Logger()
metrics = Metrics()
tracer = Tracer()
processor = BatchProcessor(event_type=EventType.SQS, model=MailRecord)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="idempotencyKey")
session = requests.Session()


@tracer.capture_method
@idempotent_function(  # type: ignore[untyped-decorator]  # the library leaves it so
    data_keyword_argument="mail", config=config, persistence_store=persistence
)
def send(mail: dict[str, Any]) -> str:
    """The id that the provider gave the mail; raises when it did not take it."""
    secret: Any = parameters.get_secret(
        os.environ["FORMA_MAIL_SECRET_ARN"], transform="json", max_age=SECRET_SECONDS
    )
    answer = session.post(
        f"{os.environ['FORMA_MAIL_API_URL']}/emails/send",
        json={name: value for name, value in mail.items() if name != "idempotencyKey"},
        headers={"Authorization": f"Bearer {secret['api_key']}"},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])


def record_handler(record: MailRecord) -> None:
    """Sends one mail."""
    body: Any = record.body
    email_id = send(mail=body.model_dump(exclude_none=True))
    metrics.add_metric(name="Accepted", unit=MetricUnit.Count, value=1)
    logger.info("sent", extra={"message_id": record.messageId, "email_id": email_id})


@logger.inject_lambda_context
@metrics.log_metrics
@tracer.capture_lambda_handler
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Sends the mail of each record."""
    config.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
