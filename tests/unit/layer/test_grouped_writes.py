"""Writes that share a request: who asks, and what a failure of one means for the others."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from formarelay.aws.grouping import MAXIMUM_STATEMENTS, GroupedWrites, _Write

PATIENCE_SECONDS = 10.0
LONG = 60.0


class Requests:
    """A DynamoDB client that carries out whatever is not in `refused`, or raises `failure`."""

    def __init__(self, *, refused: set[str] | None = None, failure: BaseException | None = None):
        self.refused = refused or set()
        self.failure = failure
        self.groups: list[list[str]] = []

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        statements = request.pop("Statements")
        assert request == {}
        assert [each["Parameters"] for each in statements] == [
            [{"S": each["Statement"]}] for each in statements
        ]
        self.groups.append([each["Statement"] for each in statements])
        if self.failure is not None:
            raise self.failure
        return {
            "Responses": [
                {"Error": {"Code": "DuplicateItem"}} if each["Statement"] in self.refused else {}
                for each in statements
            ]
        }


class Writers:
    """Threads that write, behind a first one whose request takes until `release`."""

    def __init__(self, client: Requests) -> None:
        self.writes = GroupedWrites(client, patience_seconds=LONG)  # type: ignore[arg-type]
        self.alone: list[str] = []
        self._entered = threading.Event()
        self._released = threading.Event()
        self.first = self.start("first", alone=self._held)
        assert self._entered.wait(PATIENCE_SECONDS)

    def _held(self) -> str:
        self._entered.set()
        assert self._released.wait(PATIENCE_SECONDS)
        return self._by_itself("first")

    def _by_itself(self, name: str) -> str:
        self.alone.append(name)
        return f"{name} alone"

    def start(self, name: str, *, alone: Any = None) -> Future[str]:
        result: Future[str] = Future()

        def run() -> None:
            try:
                result.set_result(
                    self.writes.write(
                        name,
                        [{"S": name}],
                        written=f"{name} with others",
                        alone=alone or (lambda: self._by_itself(name)),
                    )
                )
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                result.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return result

    def queue(self, *names: str) -> list[Future[str]]:
        """Starts one after the other, and returns when all of them wait."""
        results = []
        for count, name in enumerate(names, start=1):
            results.append(self.start(name))
            ends_at = time.monotonic() + PATIENCE_SECONDS
            while len(self.writes._waiting) < count:
                assert time.monotonic() < ends_at, f"{name} does not wait"
        return results

    def release(self) -> None:
        self._released.set()
        assert self.first.result(PATIENCE_SECONDS) == "first alone"


def results(futures: list[Future[str]]) -> list[str]:
    return [future.result(PATIENCE_SECONDS) for future in futures]


def test_a_write_that_meets_no_other_goes_by_itself():
    client = Requests()
    writes = GroupedWrites(client)  # type: ignore[arg-type]
    for name in ("one", "two"):
        assert writes.write(name, [], written="no", alone=lambda: "yes") == "yes"
    assert client.groups == []


def test_those_that_come_meanwhile_go_together_and_the_next_by_itself_again():
    client = Requests()
    writers = Writers(client)
    others = writers.queue("a", "b", "c")
    assert client.groups == []
    writers.release()
    assert results(others) == ["a with others", "b with others", "c with others"]
    assert results([writers.start("d")]) == ["d alone"]
    assert client.groups == [["a", "b", "c"]]
    assert writers.alone == ["first", "d"]


def test_the_only_one_that_came_meanwhile_goes_by_itself():
    client = Requests()
    writers = Writers(client)
    others = writers.queue("a")
    writers.release()
    assert results(others) == ["a alone"]
    assert client.groups == []


def test_no_request_holds_more_than_dynamodb_takes():
    client = Requests()
    writers = Writers(client)
    names = [f"w{number}" for number in range(MAXIMUM_STATEMENTS + 3)]
    others = writers.queue(*names)
    writers.release()
    assert results(others) == [f"{name} with others" for name in names]
    assert client.groups == [names[:25], names[25:]]


@pytest.mark.parametrize("refused", ["a", "c"])
def test_one_whose_statement_was_refused_goes_by_itself_and_no_other(refused):
    client = Requests(refused={refused})
    writers = Writers(client)
    others = writers.queue("a", "b", "c")
    writers.release()
    expected = {name: f"{name} with others" for name in "abc"} | {refused: f"{refused} alone"}
    assert results(others) == list(expected.values())
    assert writers.alone == ["first", refused]


def test_a_request_that_was_refused_as_a_whole_is_done_one_by_one():
    code = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
    client = Requests(failure=ClientError(code, "BatchExecuteStatement"))
    writers = Writers(client)
    others = writers.queue("a", "b", "c")
    writers.release()
    assert results(others) == ["a alone", "b alone", "c alone"]
    assert sorted(writers.alone) == ["a", "b", "c", "first"]
    assert client.groups == [["a", "b", "c"]]


@pytest.mark.parametrize(
    "failure", [ReadTimeoutError(endpoint_url="https://dynamodb"), RuntimeError("a defect")]
)
def test_a_request_without_an_answer_fails_for_all_of_it_and_for_nobody_later(failure):
    client = Requests(failure=failure)
    writers = Writers(client)
    others = writers.queue("a", "b", "c")
    writers.release()
    assert [future.exception(PATIENCE_SECONDS) for future in others] == [failure] * 3
    assert writers.alone == ["first"]
    assert results([writers.start("d")]) == ["d alone"]


@pytest.mark.parametrize("responses", [[], [{}], [{}, {}, {}]])
def test_an_answer_that_does_not_speak_of_every_statement_carries_out_none(responses):
    client = Requests()
    client.batch_execute_statement = lambda **_: {"Responses": responses}  # type: ignore[method-assign]
    writers = Writers(client)
    others = writers.queue("a", "b")
    writers.release()
    errors = [future.exception(PATIENCE_SECONDS) for future in others]
    assert [type(error) for error in errors] == [ValueError, ValueError]
    assert results([writers.start("d")]) == ["d alone"]


def test_an_error_of_one_by_itself_is_its_own_and_the_next_goes_on():
    def fails() -> str:
        raise KeyError("first")

    client = Requests()
    writes = GroupedWrites(client)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        writes.write("first", [], written="no", alone=fails)
    assert writes.write("second", [], written="no", alone=lambda: "yes") == "yes"


def test_while_a_group_is_asked_for_the_next_one_gathers():
    client = Requests()
    asked, entered, answered = client.batch_execute_statement, threading.Event(), threading.Event()

    def slowly(**request: Any) -> dict[str, Any]:
        entered.set()
        assert answered.wait(PATIENCE_SECONDS)
        return asked(**request)

    client.batch_execute_statement = slowly  # type: ignore[method-assign]
    writers = Writers(client)
    group = writers.queue("a", "b")
    writers.release()
    assert entered.wait(PATIENCE_SECONDS)
    following = writers.queue("c", "d")
    answered.set()
    assert results(group + following) == [f"{name} with others" for name in "abcd"]
    assert client.groups == [["a", "b"], ["c", "d"]]


@pytest.fixture
def out_of_patience(monkeypatch) -> threading.Event:
    """Whoever waits for its turn has done so for too long as soon as this is set."""
    in_time, ended = Future.result, threading.Event()

    def result(self: Future[Any], timeout: float | None = None) -> Any:
        if timeout != LONG or self.done():
            return in_time(self, timeout)
        assert ended.wait(PATIENCE_SECONDS)
        raise TimeoutError

    monkeypatch.setattr(Future, "result", result)
    return ended


def test_nobody_waits_long_for_a_request_that_hangs(out_of_patience):
    client = Requests()
    writers = Writers(client)
    others = writers.queue("a", "b")
    out_of_patience.set()
    assert results(others) == ["a alone", "b alone"]
    out_of_patience.clear()
    writers.release()
    assert results([writers.start("c")]) == ["c alone"]
    assert client.groups == []


def test_whoever_is_in_a_group_waits_for_its_answer_as_long_as_that_takes(out_of_patience):
    client = Requests()
    writers = Writers(client)
    others = writers.queue("a", "b")
    writers.release()
    out_of_patience.set()
    assert results(others) == ["a with others", "b with others"]
    assert client.groups == [["a", "b"]]


def known_writes() -> list[_Write]:
    return [each for each in gc.get_objects() if type(each) is _Write]


def test_nothing_of_a_write_is_left_for_the_garbage_collector():
    # It seldom looks: a cycle in every write would cost some megabytes.
    gc.collect()
    gc.disable()
    try:
        kept_by_failures = known_writes()
        writers = Writers(Requests())
        others = writers.queue("a", "b", "c")
        writers.release()
        results([*others, writers.start("d")])
        assert known_writes() == kept_by_failures
    finally:
        gc.enable()
