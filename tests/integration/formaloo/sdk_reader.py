"""Runs Formaloo's own SDK, unmodified: one read of the form for each line on standard input.

It takes its settings from the environment, as the SDK does.
"""

from __future__ import annotations

import sys

from formaloo.forms import Form

form = Form()
for line in sys.stdin:
    answer = form.rows_list(url_params=[line.strip()])
    print(answer["status"], len(answer["data"].get("rows", [])), flush=True)  # noqa: T201 - the reply
