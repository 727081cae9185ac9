"""`python -m bench.forecast [--write]`: simulate the months; print the tables, or put them into
`docs/forecast.md`. Takes about two minutes, and always gives the same figures."""

from __future__ import annotations

import sys

from bench.forecast.report import DOCUMENT, tables, written


def main() -> int:
    found = tables()
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(), found))
        return 0
    for lines in found.values():
        print("\n".join(lines), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
