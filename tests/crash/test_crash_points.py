from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from send_email import application, ports
from settle_unknown import ports as sweep_ports
from tests.crash.adapters import find_adapters, find_sweep_adapters, port_of, protocols
from tests.crash.guards import Guarded
from tests.crash.matrix import required_points
from tests.crash.points import Points, activate

ROOT = Path(__file__).parents[2]


class Imagined(Protocol):
    def known(self) -> None: ...

    def added(self) -> None: ...


class Adapter:
    """Serves a port."""

    word = "as it is"

    def __init__(self) -> None:
        self.inside: list[dict[str, int]] = []

    def call(self, number: int, *, named: int) -> int:
        return number + named

    def items(self) -> object:
        yield 1
        yield 2

    def fail(self) -> None:
        raise LookupError("as it came")


@pytest.fixture
def points():
    points = Points()
    activate(points)
    yield points
    activate(None)


def test_every_port_of_the_sender_is_served_by_one_adapter():
    served = {each.port: each.methods for each in find_adapters()}
    assert {port: served[port] for port in protocols()} == protocols()


def test_every_port_of_the_sweep_is_served_by_one_adapter_under_the_name_of_the_sweep():
    served = {each.port: each.methods for each in find_sweep_adapters()}
    assert served.pop("Sweep.OutcomeBus") == {"publish"}
    assert served == {f"Sweep.{port}": names for port, names in protocols(sweep_ports).items()}


def test_an_adapter_of_aws_without_a_port_has_points_of_its_own_name():
    served = {each.port: each.methods for each in find_adapters()}
    assert served["QueueReturns"] == {"delay"}


def test_a_port_that_nothing_serves_is_named():
    with pytest.raises(AssertionError, match=r"^0 adapters serve DeadLetters, not one$"):
        find_adapters(ModuleType("empty"))


def test_a_port_that_is_served_twice_is_named():
    module = ModuleType("doubled")
    vars(module).update(vars(application))
    module.SecondLedger = type("SecondLedger", (application.DynamoLedger,), {})
    module.SecondLedger.__module__ = "formarelay.aws.second"
    with pytest.raises(AssertionError, match=r"^2 adapters serve Ledger, not one$"):
        find_adapters(module)


def test_a_method_that_is_added_to_a_port_is_found():
    module = ModuleType(Imagined.__module__)
    module.Imagined = Imagined
    assert protocols(module) == {"Imagined": {"known", "added"}}


def test_a_class_that_lacks_a_method_does_not_serve_the_port():
    known = protocols(ports)
    assert port_of(application.DynamoLedger, known) == "Ledger"
    assert port_of(application.SecretReader, known) is None


def test_both_edges_of_every_call_are_required():
    required = required_points()
    assert "MailProvider.send:before" in required
    assert "MailProvider.send:after" in required
    assert "Poller.delete:before" in required
    assert len(required) == len(set(required))
    calls = {point.partition(":")[0] for point in required}
    assert len(required) == 2 * len(calls)


def test_a_guarded_call_passes_a_point_before_and_after(points):
    assert Guarded(Adapter(), port="Port").call(1, named=2) == 3
    assert points.report()["passed"] == {"Port.call:before": 1, "Port.call:after": 1}


def test_a_call_that_fails_has_no_point_after_it(points):
    with pytest.raises(LookupError, match=r"^as it came$"):
        Guarded(Adapter(), port="Port").fail()
    assert points.report()["passed"] == {"Port.fail:before": 1}


def test_a_walk_ends_where_its_reader_ends_it(points):
    items = Guarded(Adapter(), port="Port").items()
    assert next(items) == 1
    assert points.report()["passed"] == {"Port.items:before": 1}
    items.close()
    assert points.report()["passed"] == {"Port.items:after": 1}


def test_a_walk_to_the_end_gives_every_item(points):
    assert list(Guarded(Adapter(), port="Port").items()) == [1, 2]
    assert points.report()["passed"] == {"Port.items:before": 1, "Port.items:after": 1}


def test_what_is_no_call_is_passed_on(points):
    assert Guarded(Adapter(), port="Port").word == "as it is"
    assert points.report()["passed"] == {}


def test_a_killed_process_is_killed_by_the_kernel():
    script = (
        "import atexit; atexit.register(print, 'cleaned up')\n"
        "from tests.crash.points import Kill, Points, activate, passing\n"
        "points = Points(); points.arm(Kill('here', 2)); activate(points)\n"
        "try:\n"
        "    passing('elsewhere'); passing('here'); print('once', flush=True)\n"
        "    passing('here'); print('twice', flush=True)\n"
        "finally:\n"
        "    print('cleaned up', flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == "once\n"


def test_the_deployed_code_holds_no_point():
    sources = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("layers/**/*.py")]
    assert len(sources) > 20
    words = ("tests.crash", "SIGKILL", "os.kill")
    assert [path for path in sources if any(word in path.read_text() for word in words)] == []
