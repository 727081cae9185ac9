"""`python -m bench.cold_process MODULE`: one batch from stdin through the handler of a module.

Says so with one byte on stderr when the handler has returned. Imports nothing else that costs time.
"""

from __future__ import annotations

import importlib
import json
import sys

from bench.context import Context

if __name__ == "__main__":
    # Native code for signing that the SAM CLI brings along and Lambda does not have.
    sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import
    event = json.load(sys.stdin)
    handler = importlib.import_module(sys.argv[1]).lambda_handler
    handler(event, Context())
    sys.stderr.write(".")
    sys.stderr.flush()
