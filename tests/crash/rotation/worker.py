"""One worker: a world of its own, and one rotation after the other in it."""

from __future__ import annotations

import functools
import gc
import os
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.crash import wire
from tests.crash.child import written_to
from tests.crash.clients import Stock
from tests.crash.living import live_by, wait_for_threads
from tests.crash.place import Place
from tests.crash.resources import Resources
from tests.crash.rotation.faults import FAULTS
from tests.crash.rotation.plan import Cell, make_plan
from tests.crash.rotation.run import RETIRE, STEPS, Result, Run
from tests.crash.rotation.world import RotationWorld


class Worker:
    """Runs cells. Everything that a forked process needs is imported and built before.

    Args:
        world: Of this worker.
    """

    def __init__(self, world: RotationWorld) -> None:
        self._world = world
        os.environ.update(world.environment())
        live_by(world.clock)
        wire.install()
        # Only now: Powertools reads the environment when the handler is imported.
        from tests.crash.rotation import function, sabotage

        self._function: Any = function
        self._sabotage: Any = sabotage
        stock = Stock(world.session)
        stock.install()
        for fault in ("none", "pair"):
            self._rehearse(fault)
        stock.close()
        # Keeps the collector from touching, and so copying, all memory in every fork.
        gc.freeze()

    def run(self, cell: Cell) -> Result:
        plan = make_plan(cell)
        self._world.renew(plan.fault)
        serve = functools.partial(self._function.invoke, self._build(cell.sabotage))
        return Run(cell, plan, world=self._world, serve=serve).execute()

    def _build(self, sabotage: str = "") -> Any:
        sabotaged = self._sabotage.sabotage_named(sabotage)
        return self._function.build(self._world.environment(), sabotage=sabotaged)

    def _rehearse(self, name: str) -> None:
        """A rotation in this very process, so that whatever is made at its first use is made."""
        fault = FAULTS[name]
        self._world.renew(fault)
        token = self._world.start(fault.secret)
        service = self._build()
        arn = self._world.arns[fault.secret]
        steps = [{"Step": step, "SecretId": arn, "ClientRequestToken": token} for step in STEPS]
        with tempfile.TemporaryFile() as nowhere, written_to(nowhere):
            for event in (*steps, RETIRE):
                complaint = self._function.invoke(service, event)
                if complaint:
                    raise AssertionError(f"the rehearsal failed: {complaint}")
        del service
        self._function.forget()
        wait_for_threads()


def work(connection: Connection, resources: Resources) -> None:
    """The life of a worker's process: a result for every cell, until None comes."""
    with (
        tempfile.TemporaryDirectory(prefix="formarelay-crash-") as directory,
        Place(Path(directory)) as place,
    ):
        worker = Worker(RotationWorld(place, resources))
        connection.send(None)
        while (cell := connection.recv()) is not None:
            connection.send(worker.run(cell))
