from __future__ import annotations

import threading

import pytest

from formarelay.errors import CredentialError, FormaError, RateLimitedError
from formarelay.formaloo.flight import SingleFlight
from tests.support.formaloo import Arrivals, in_threads

THREADS = 8


class Work:
    """Starts to work only when all threads have looked in and found nothing ready."""

    def __init__(self, *, errors: list[BaseException] | None = None) -> None:
        self.calls = 0
        self.held: str | None = None
        self.flight = SingleFlight(self.run)
        self.errors = errors or []
        self.looks = Arrivals()

    def ready(self) -> str | None:
        self.looks.arrive()
        return self.held

    def run(self) -> str:
        self.calls += 1
        self.looks.wait_for(THREADS)
        if self.errors:
            raise self.errors.pop(0)
        self.held = f"result {self.calls}"
        return self.held

    def result(self) -> str:
        return self.flight.result(ready=self.ready)


def test_all_threads_get_the_result_of_one():
    work = Work()

    futures = in_threads(THREADS, work.result)

    assert [future.result() for future in futures] == ["result 1"] * THREADS
    assert work.calls == 1


def test_what_is_ready_is_returned_without_work():
    work = Work()
    work.held = "held"

    assert work.result() == "held"
    assert work.calls == 0


def test_all_threads_get_the_error_of_one_each_as_an_object_of_its_own():
    error = RateLimitedError(
        "wait", retry_after_seconds=7.5, service="formaloo", operation="POST x/", status=429
    )
    work = Work(errors=[error])

    errors = [future.exception() for future in in_threads(THREADS, work.result)]

    assert work.calls == 1
    assert [type(each) for each in errors] == [RateLimitedError] * THREADS
    assert len({id(each) for each in errors}) == THREADS
    assert {str(each) for each in errors} == {"formaloo POST x/ 429: wait"}
    assert {each.retry_after_seconds for each in errors} == {7.5}
    assert [each.__cause__ is error for each in errors].count(True) == THREADS - 1


def test_a_failure_is_not_kept():
    work = Work(errors=[CredentialError("refused")])
    in_threads(THREADS, work.result)

    assert work.result() == "result 2"


def test_a_defect_in_the_work_of_one_thread_is_not_passed_to_the_others():
    work = Work(errors=[SystemExit("this thread must go")])

    futures = in_threads(THREADS, work.result)

    ends = [type(future.exception()) for future in futures]
    assert ends.count(SystemExit) == 1
    assert [future.result() for future in futures if future.exception() is None] == ["result 2"] * (
        THREADS - 1
    )


def test_a_lasting_defect_is_raised_in_every_thread_and_blocks_none():
    work = Work(errors=[ZeroDivisionError() for _ in range(THREADS)])

    futures = in_threads(THREADS, work.result)

    assert [type(future.exception()) for future in futures] == [ZeroDivisionError] * THREADS
    assert work.calls == THREADS


def test_work_that_stores_its_result_is_not_repeated_by_a_thread_that_comes_too_late():
    work = Work()
    work.looks = Arrivals()
    for _ in range(THREADS):
        work.looks.arrive()
    late = threading.Event()

    def come_late() -> str:
        late.wait(10)
        return work.result()

    first = work.result()
    late.set()

    assert [future.result() for future in in_threads(THREADS, come_late)] == [first] * THREADS
    assert work.calls == 1


def test_it_raises_exactly_what_the_work_raised_when_alone():
    error = FormaError("down")

    with pytest.raises(FormaError) as caught:
        SingleFlight(lambda: (_ for _ in ()).throw(error)).result(ready=lambda: None)

    assert caught.value is error
