"""`demo`: up, the messages, a judgement on every promise, down."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from local.alarm_queue import alarm_queue_name
from local.aws import LocalAws
from local.demo.judgement import Judgement, everything_arrived, judge
from local.demo.messages import DemoMessage, demo_messages
from local.demo.observation import Observation, Observer
from local.demo.quota import QuotaWatch
from local.demo.report import print_report
from local.demo.rotation import KeyRotation
from local.demo.sending import put_messages
from local.down import stop_everything
from local.health import ensure_pollers_run, function_failures
from local.progress import Reporter
from local.sandbox_control import SandboxControl
from local.services import EMULATOR, log_path
from local.up import up
from local.workspace import Workspace

_WAIT_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.3
# A mail sent twice, or set aside late, would show within this.
_SETTLE_SECONDS = 1.0
# The first part is on its way when the rotation begins; the last comes when it is over.
_BEFORE, _MEANWHILE = 10, 20


def demo(workspace: Workspace, *, reporter: Reporter, environment: Mapping[str, str]) -> bool:
    """Whether every promise held, on a stack of its own in the given workspace.

    Starts from nothing and leaves nothing running, also when it is interrupted.
    """
    started = time.monotonic()
    emulator_log = log_path(EMULATOR, workspace=workspace)
    # What a demo left that was killed: its mails and messages would be counted as ours.
    stop_everything(workspace)
    try:
        stack = up(workspace, reporter=reporter, environment=environment)
        reporter.say(f"inbox, to look at while this runs: {stack['SANDBOX_URL']}/")
        judgement = _send_and_judge(stack, reporter=reporter)
        ensure_pollers_run(emulator_log)
    finally:
        with _uninterrupted(), reporter.step("stopping everything"):
            stop_everything(workspace)
    print_report(judgement, console=reporter.console)
    if not judgement.held:
        for failure in function_failures(emulator_log)[-1:]:
            reporter.say(f"a function failed: {failure}")
        reporter.say(f"what the functions said: {emulator_log}")
    verdict = "every promise held" if judgement.held else "NOT every promise held"
    reporter.say(f"{verdict}; {time.monotonic() - started:.1f} s in all, nothing left running")
    return judgement.held


def _send_and_judge(stack: Mapping[str, str], *, reporter: Reporter) -> Judgement:
    with (
        closing(LocalAws(stack["AWS_ENDPOINT_URL"])) as aws,
        closing(SandboxControl(stack["SANDBOX_URL"])) as sandbox,
    ):
        row = sandbox.formaloo()["forms"][0]["rows"][0]
        messages = demo_messages(formaloo_row=row)
        observer = Observer(
            sqs=aws.sqs,
            sandbox=sandbox,
            queue_url=stack["EMAIL_QUEUE_URL"],
            dead_letter_queue_url=stack["DEAD_LETTER_QUEUE_URL"],
        )
        rotation = KeyRotation(aws, sandbox=sandbox, stack=stack)
        with reporter.step("sending, and a new key in the middle of it"):
            _send_around(messages, rotation, aws=aws, queue_url=stack["EMAIL_QUEUE_URL"])
        seen = _observe(observer, messages, reporter=reporter)
        judgement = judge(messages, seen).with_act(rotation.judge(seen.emails))
        watch = QuotaWatch(
            aws,
            sandbox=sandbox,
            stack=stack,
            alarm_queue_url=aws.sqs.get_queue_url(QueueName=alarm_queue_name(stack["STACK_NAME"]))[
                "QueueUrl"
            ],
        )
        with reporter.step("using up the quota, and stopping the publisher"):
            return judgement.with_act(watch.act())


def _send_around(
    messages: Sequence[DemoMessage], rotation: KeyRotation, *, aws: LocalAws, queue_url: str
) -> None:
    bodies = [message.body for message in messages]
    put_messages(bodies[:_BEFORE], sqs=aws.sqs, queue_url=queue_url)
    rotation.begin()
    put_messages(bodies[_BEFORE:_MEANWHILE], sqs=aws.sqs, queue_url=queue_url)
    rotation.finish()
    put_messages(bodies[_MEANWHILE:], sqs=aws.sqs, queue_url=queue_url)


def _observe(
    observer: Observer, messages: Sequence[DemoMessage], *, reporter: Reporter
) -> Observation:
    deadline = time.monotonic() + _WAIT_SECONDS
    with reporter.count(f"{len(messages)} messages", total=len(messages)) as count:
        while True:
            seen = observer.look()
            count(len(seen.emails) + len(seen.dead_letters))
            if everything_arrived(messages, seen) or time.monotonic() > deadline:
                break
            time.sleep(_LOOK_AGAIN_SECONDS)
    time.sleep(_SETTLE_SECONDS)
    return observer.look()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not leave half of the stack running."""
    before = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    for which in before:
        signal.signal(which, signal.SIG_IGN)
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
