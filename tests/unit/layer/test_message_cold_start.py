"""The first messages of a fresh process, which several threads parse at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).parents[3] / "layers" / "formarelay"

IN_THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)
from formarelay.message import parse_message
start = threading.Barrier(10)
parsed = []
def work():
    start.wait()
    message = parse_message('{"templateId":"t","to":[{"email":"a@b.c"}]}', message_id="m-1")
    parsed.append(message.template_id)
threads = [threading.Thread(target=work) for _ in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*parsed)
"""

# Without the names that annotations are made of, nobody can work out a struct any more.
WITHOUT_NAMES = """
from formarelay.message import attachments, fields, model, parse_message
for module in (attachments, fields, model):
    for name in ("Any", "Annotated", "Literal", "Address", "Line", "Identifier", "Recipient"):
        vars(module).pop(name, None)
message = parse_message(
    '{"templateId":"t","to":[{"email":"a@b.c"}],"attachments":[{"attachmentTemplateId":"a"}],'
    '"variablesFrom":{"formaloo":{"row":"r","fields":{"a":"b"}}}}',
    message_id="m-1",
)
print(message.template_id)
"""


def fresh_process(code: str) -> tuple[int, str]:
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(LAYER)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return finished.returncode, finished.stdout


def test_ten_threads_may_parse_the_first_message_at_once() -> None:
    assert fresh_process(IN_THREADS) == (0, "t t t t t t t t t t\n")


def test_everything_is_worked_out_when_the_import_ends() -> None:
    assert fresh_process(WITHOUT_NAMES) == (0, "t\n")
