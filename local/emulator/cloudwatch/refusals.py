"""What CloudWatch answers when it says no."""

from __future__ import annotations


class MetricRefusedError(ValueError):
    """A request that AWS refuses, or that this stand-in does not understand. As a ValueError it
    also tells CloudFormation why a resource failed."""

    code = "ValidationError"
