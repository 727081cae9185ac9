"""The stack that the proofs run on."""

from __future__ import annotations

WORKERS = 8
# The provider's 100 a minute at six times the size in a sixth of the time.
CALLS = 600
WINDOW_SECONDS = 10
PARAMETERS = (
    f"MaximumConcurrency={WORKERS} RateLimitCalls={CALLS} RateLimitWindowSeconds={WINDOW_SECONDS}"
)
