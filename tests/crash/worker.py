"""One worker: a world of its own, and one run after the other in it."""

from __future__ import annotations

import functools
import gc
import os
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import boto3

from tests.crash import wire
from tests.crash.child import written_to
from tests.crash.clients import Stock
from tests.crash.living import live_by, wait_for_threads
from tests.crash.messages import produce
from tests.crash.place import Place
from tests.crash.plan import Cell, Plan, make_plan
from tests.crash.resources import Resources
from tests.crash.run import Result, Run
from tests.crash.world import World


class Worker:
    """Runs cells. Everything that a forked process needs is imported and built before.

    Args:
        world: Entered already.
        resources: Of the template.
    """

    def __init__(self, world: World, resources: Resources) -> None:
        self._world = world
        self._batch_size = resources.batch_size
        self._environment = world.environment()
        os.environ.update(self._environment)
        live_by(world.clock)
        wire.install()
        # Only now: Powertools reads the environment when the handler is imported.
        from send_email import handler
        from settle_unknown import handler as sweep_handler
        from tests.crash import function, sabotage

        self._handler: Any = handler
        self._sweep_handler: Any = sweep_handler
        self._function: Any = function
        self._sabotage: Any = sabotage
        self._built: dict[tuple[str, str], Any] = {}
        self._built_sweeps: dict[tuple[str, str], Any] = {}
        stock = Stock(world.cloud.session)
        stock.install()
        self._rehearse()
        stock.close()
        self._build("resend", "")
        self._build("hold", "")
        self._build_sweep("resend", "")
        self._build_sweep("hold", "")
        # Keeps the collector from touching, and so copying, all memory in every fork.
        gc.freeze()

    def run(self, cell: Cell) -> Result:
        plan = make_plan(cell)
        on_unknown = "hold" if plan.fault.hold else "resend"
        serve = functools.partial(self._serve, self._build(on_unknown, cell.sabotage), plan)
        sweep = functools.partial(self._sweep, self._build_sweep(on_unknown, cell.sabotage))
        return Run(cell, plan, world=self._world, serve=serve, sweep=sweep).execute()

    def _build(self, on_unknown: str, sabotage: str) -> Any:
        key = (on_unknown, sabotage)
        if key not in self._built:
            changes = {"ON_UNKNOWN": on_unknown} | self._sabotage.worse_settings(sabotage)
            self._built[key] = self._function.build(
                self._environment | changes,
                client=boto3.Session().client("sqs"),
                batch_size=self._batch_size,
                sabotage=self._sabotage.sabotage_named(sabotage),
            )
        return self._built[key]

    def _build_sweep(self, on_unknown: str, sabotage: str) -> Any:
        key = (on_unknown, sabotage)
        if key not in self._built_sweeps:
            self._built_sweeps[key] = self._function.build_sweep(
                self._environment | {"ON_UNKNOWN": on_unknown},
                sabotage=self._sabotage.sabotage_named(sabotage),
            )
        return self._built_sweeps[key]

    def _sweep(self, application: Any) -> None:
        self._sweep_handler._application = lambda: application
        self._function.sweep(self._sweep_handler.lambda_handler)

    def _serve(self, function: Any, plan: Plan) -> None:
        function.set_hidden_seconds(plan.hidden_seconds)
        self._handler._application = lambda: function.application
        self._function.serve(function, self._handler.lambda_handler)

    def _rehearse(self) -> None:
        """One batch in this very process, so that whatever is made at its first use is made."""
        plan = make_plan(Cell(fault="none", point="", seed=0, thorough=True))
        name, now = self._world.new_name(), self._world.clock.wall()
        mails = produce(name, plan.kinds, materials=self._world.materials, now=now)
        self._world.renew()
        self._world.cloud.put([body for mail in mails for body in mail.bodies])
        with tempfile.TemporaryFile() as nowhere, written_to(nowhere):
            self._serve(self._build("resend", ""), plan)
            self._sweep(self._build_sweep("resend", ""))
        # With the function go its threads: a fork of a process with threads is half a process.
        self._built.clear()
        self._built_sweeps.clear()
        self._handler._application = None
        self._sweep_handler._application = None
        wait_for_threads()


def work(connection: Connection, resources: Resources) -> None:
    """The life of a worker's process: a result for every cell, until None comes."""
    with (
        tempfile.TemporaryDirectory(prefix="formarelay-crash-") as directory,
        Place(Path(directory)) as place,
    ):
        worker = Worker(World(place, resources), resources)
        connection.send(None)
        while (cell := connection.recv()) is not None:
            connection.send(worker.run(cell))
