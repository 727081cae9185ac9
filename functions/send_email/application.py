"""Builds everything that send_email is made of, once a container."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import boto3
from botocore.config import Config

from formarelay.aws.gate import DynamoGate
from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.queue import DeadLetterQueue, QueueReturns
from formarelay.aws.secrets import SecretCredential, SecretReader
from formarelay.clock import SystemClock
from formarelay.env import read_settings
from formarelay.formaloo.auth import FormalooCredentials
from formarelay.formaloo.client import Formaloo
from formarelay.formamail.client import FormaMail
from formarelay.http import HttpClient, Timeouts
from send_email.delivery import Delivery
from send_email.policy import SendPolicy
from send_email.service import BatchService
from send_email.settings import SendSettings

# A batch holds 10 messages, and all of them are sent at once.
THREADS = 10
CONNECT_SECONDS = 3.05


@dataclass(frozen=True, slots=True)
class Application:
    """What lives as long as the container."""

    service: BatchService
    returns: QueueReturns
