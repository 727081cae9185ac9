"""The numbers that a lane runs with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """As the parameters of `template.yaml`, for any subject.

    Args:
        workers: How many environments serve the queue; Celery has one worker of two processes.
        limit: Calls that the provider allows in a window; None for no limit.
        window_seconds: The provider's window.
        timeout_seconds: Of an invocation. A message stays hidden for six times as long.
        provider_timeout_seconds: How long ours waits for an answer.
    """

    workers: int
    limit: int | None = None
    window_seconds: float = 60
    timeout_seconds: int = 60
    provider_timeout_seconds: float = 20

    @property
    def visibility_seconds(self) -> int:
        return 6 * self.timeout_seconds

    def settings(self) -> dict[str, str]:
        """The part of a subject's environment that depends on these numbers."""
        settings = {"PROVIDER_TIMEOUT_SECONDS": str(self.provider_timeout_seconds)}
        if self.limit is None:
            return settings
        return settings | {
            "RATE_LIMIT_CALLS": str(self.limit),
            "RATE_LIMIT_WINDOW_SECONDS": str(self.window_seconds),
            "CELERY_RATE_LIMIT": f"{self.limit * 60 / self.window_seconds:.0f}/m",
        }

    def profile(self) -> dict[str, object]:
        """What makes the sandbox judge by the same numbers, for each key on its own."""
        if self.limit is None:
            return {"rate_limit": "off"}
        return {
            "rate_limit": "strict",
            "rate_limit_scope": "key",
            "limit_per_minute": self.limit,
            "window_seconds": self.window_seconds,
        }
