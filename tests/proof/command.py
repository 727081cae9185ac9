"""The command: runs the proofs on one stack, prints what they found, and writes it down."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

from tests.proof.finding import Proof
from tests.proof.judgement import empty_queue
from tests.proof.lost_answers import LOST_ANSWERS
from tests.proof.malformed import MALFORMED
from tests.proof.outage import OUTAGE
from tests.proof.pace import PACE
from tests.proof.replay import REPLAY
from tests.proof.report import Proved, write_report
from tests.proof.rotation import KEYS, PAIR
from tests.proof.settings import PARAMETERS, WINDOW_SECONDS
from tests.support.deployment import deployed
from tests.support.stack import Stack, message

PROOFS = {
    proof.name: proof for proof in (PACE, OUTAGE, LOST_ANSWERS, REPLAY, MALFORMED, KEYS, PAIR)
}
# Enough that every worker has had a batch.
_WARM_UP_MAILS = 200
_PAUSE_SECONDS = WINDOW_SECONDS + 1


def main(arguments: list[str]) -> int:
    """The exit status: 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(PROOFS)}")
    parser.add_argument("--write", action="store_true", help="the tables in docs/proofs.md")
    options = parser.parse_args(arguments)
    unknown = sorted({*options.names} - {*PROOFS})
    if unknown:
        parser.error(f"there is no proof {', '.join(unknown)}")
    if options.write and options.names:
        parser.error("--write needs all proofs")
    proofs = [PROOFS[name] for name in options.names or PROOFS]
    with (
        tempfile.TemporaryDirectory(prefix="formarelay-proof-") as folder,
        deployed(Path(folder), parameters=PARAMETERS) as stack,
    ):
        _warm_up(stack)
        proved = [_prove(proof, stack) for proof in proofs]
    if options.write:
        write_report(proved)
    return 0 if all(each.held for each in proved) else 1


def _warm_up(stack: Stack) -> None:
    # Else the relay learns of the limit that the sandbox starts with.
    stack.clear()
    stack.put(message("warm-up", number) for number in range(_WARM_UP_MAILS))
    empty_queue(stack, within_seconds=60)


def _prove(proof: Proof, stack: Stack) -> Proved:
    stack.clear()
    # The window is as free as the provider's, and no gate of the proof before is closed.
    time.sleep(_PAUSE_SECONDS)
    load, began = os.getloadavg()[0], time.monotonic()
    findings = proof.run(stack, uuid.uuid4().hex[:12])
    proved = Proved(
        proof=proof,
        findings=findings,
        seconds=time.monotonic() - began,
        load=(load, os.getloadavg()[0]),
    )
    sys.stdout.write("\n".join(proved.lines()) + "\n")
    sys.stdout.flush()
    return proved
