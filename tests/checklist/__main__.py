"""`python -m tests.checklist [--write]`: run the marked tests, and write the page of them."""

from __future__ import annotations

import argparse
import sys
from itertools import chain

from tests.checklist.finding import ROOT, marked_tests
from tests.checklist.page import page
from tests.checklist.running import run

_PAGE = ROOT / "docs" / "sandbox-checklist.md"


def main(arguments: list[str]) -> int:
    """0 when every marked test passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.checklist", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {_PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    tests = marked_tests()
    outcomes = run(dict.fromkeys(chain.from_iterable(tests.values())))
    text = page(tests, outcomes)
    if options.write:
        _PAGE.write_text(text)
    else:
        print(text)
    everything = {outcomes.get(test) for test in chain.from_iterable(tests.values())}
    return 0 if everything == {"passed"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
