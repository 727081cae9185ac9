"""What Lambda tells an invocation."""

from __future__ import annotations

import time

_FUNCTION_SECONDS = 60.0


class Context:
    """Of an invocation that begins now."""

    function_name = "send_email"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:send_email"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self) -> None:
        self._deadline = time.monotonic() + _FUNCTION_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """As the Lambda context has it."""
        return int((self._deadline - time.monotonic()) * 1000)
