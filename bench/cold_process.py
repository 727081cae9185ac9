"""`python -I -S bench/cold_process.py PATH HANDLER REPORT`: one event from stdin through a handler.

Writes to the file REPORT what it cost when the handler has returned. Imports nothing else that
costs time.
"""

import os
import sys

sys.path[:0] = sys.argv[1].split(os.pathsep)
# Native code for signing that tools bring along and Lambda does not have.
sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import


class Context:
    """What Lambda tells an invocation that has just begun."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """As the Lambda context has it; a minute, and all of it is left."""
        return 60_000


def peak_kib() -> int:
    """The most memory that this process ever had. Not `getrusage`: that counts what the process
    was forked from."""
    with open("/proc/self/status") as status:  # noqa: PTH123 (pathlib costs milliseconds)
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


if __name__ == "__main__":
    import json
    import time
    from importlib import import_module

    event = json.load(sys.stdin)
    imported = import_module(sys.argv[2])
    import_seconds = time.process_time()
    answer = imported.lambda_handler(event, Context())
    done = time.monotonic()
    found = {
        "done": done,
        "cpu_seconds": time.process_time(),
        "import_cpu_seconds": import_seconds,
        "peak_kib": peak_kib(),
        "modules": sorted(sys.modules),
        "answer": answer,
    }
    with open(sys.argv[3], "w") as report:  # noqa: PTH123 (as above)
        json.dump(found, report)
