"""A Celery worker on SQS with Celery's own limit of the rate.

From docs.celeryq.dev: getting-started/backends-and-brokers/sqs (predefined queues, visibility
timeout, polling interval), userguide/tasks ("Automatic retry for known exceptions", `rate_limit`,
`acks_late`) and userguide/optimizing ("Prefetch Limits"). Started as its documentation says, with
two processes: `celery --app peer.worker worker --concurrency 2`.

The limit is one worker's: Celery says that it is not global, so whoever runs several divides it.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from typing import Any

import boto3
import requests
from celery import Celery

TIMEOUT_SECONDS = 20
QUEUE = "mail"

logger = logging.getLogger(__name__)
app = Celery("worker", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_DEFAULT_REGION"],
        "predefined_queues": {QUEUE: {"url": os.environ["CELERY_QUEUE_URL"]}},
        # The visibility timeout of the queue must be longer than a mail waits in the worker.
        "visibility_timeout": 60,
        "polling_interval": 0.1,
        "wait_time_seconds": 1,
    },
    # SQS has no channel for it.
    worker_enable_remote_control=False,
    task_default_queue=QUEUE,
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


@functools.cache
def api_key() -> str:
    """Of Forma Mail; read once a process."""
    secrets = boto3.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=os.environ["FORMA_MAIL_SECRET_ARN"])
    return str(json.loads(secret["SecretString"])["api_key"])


@functools.cache
def session() -> requests.Session:
    """One a process: connections must not cross the fork of the pool."""
    return requests.Session()


@app.task(
    name="send_mail",
    rate_limit=os.environ.get("CELERY_RATE_LIMIT"),
    autoretry_for=(requests.RequestException,),
    retry_backoff=True,
    max_retries=20,
)  # type: ignore[untyped-decorator]  # Celery has no types
def send_mail(mail: dict[str, Any]) -> None:
    """Sends one mail; the library tries again when the provider does not take it."""
    body = {name: value for name, value in mail.items() if name != "idempotencyKey"}
    answer = session().post(
        f"{os.environ['FORMA_MAIL_API_URL']}/emails/send",
        json=body,
        headers={"Authorization": f"Bearer {api_key()}"},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    logger.info("sent as %s", answer.json()["data"]["id"])
