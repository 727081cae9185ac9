from __future__ import annotations

import os

import pytest
from rich.console import Console

from local.down import stop_everything
from local.progress import Reporter
from local.up import up
from local.workspace import PROJECT, Workspace
from tests.support.stack import Stack

# What a deployment has that fetches files and announces outcomes, and a window that a test can
# wait for; tests that limit the provider give it the same one.
WINDOW_SECONDS = 5
PARAMETERS = (
    "AttachmentArns=arn:aws:s3:::invoices,arn:aws:s3:::invoices/2026/* OutcomeBusName=outcomes "
    f"RateLimitWindowSeconds={WINDOW_SECONDS}"
)


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory):
    """A stack of this test run's own, deployed by the SAM CLI; it leaves nothing running."""
    folder = tmp_path_factory.mktemp("stack")
    workspace = Workspace(directory=folder, runtimes=PROJECT / ".local" / "runtime")
    try:
        values = up(
            workspace,
            reporter=Reporter(Console(stderr=True)),
            environment=os.environ | {"LOCAL_PARAMETERS": PARAMETERS},
        )
        yield Stack(values)
    finally:
        stop_everything(workspace)


@pytest.fixture
def stack(running_stack):
    """The stack with empty queues, no faults and no rate limit."""
    running_stack.clear()
    return running_stack
