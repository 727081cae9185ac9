from __future__ import annotations

import pytest

from tests.support.deployment import deployed

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
    with deployed(tmp_path_factory.mktemp("stack"), parameters=PARAMETERS) as stack:
        yield stack


@pytest.fixture
def stack(running_stack):
    """The stack with empty queues, no faults and no rate limit."""
    running_stack.clear()
    return running_stack
