"""`python -m sandbox --port N [--db FILE|:memory:]`"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from sandbox.clock import Clock
from sandbox.database import Database, DatabaseError
from sandbox.server import HOST, serve
from sandbox.world import World

_HIGHEST_PORT = 65535


def main(arguments: list[str]) -> int:
    """Serve until stopped; returns the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s", stream=sys.stderr)
    try:
        database = Database(options.db)
    except DatabaseError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    world = World(database, clock=Clock())
    try:
        asyncio.run(serve(world, port=options.port, announce=_announce))
    except OSError as error:
        sys.stderr.write(f"sandbox: port {options.port}: {error.strerror}\n")
        return 1
    finally:
        world.flush()
        database.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A local Forma Mail and Formaloo on 127.0.0.1."
    )
    parser.add_argument("--port", type=port_number, required=True, help="0 picks a free one")
    parser.add_argument("--db", default=":memory:", metavar="FILE", help="default: :memory:")
    return parser


def port_number(text: str) -> int:
    """A port; ValueError for anything else."""
    port = int(text)
    if not 0 <= port <= _HIGHEST_PORT:
        raise ValueError
    return port


def _announce(port: int) -> None:
    sys.stdout.write(f"sandbox listening on http://{HOST}:{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
