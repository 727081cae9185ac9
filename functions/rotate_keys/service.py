"""Takes the lease, makes the step or the round, gives the lease back, and tells what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from msgspec import Struct

from formarelay.clock import Clock
from formarelay.errors import FormaError, LeaseLostError, OperatorNeededError, TransientError
from formarelay.rotation import CURRENT, PENDING, Stage
from rotate_keys.contract import RetireEvent, Step, StepEvent, check_contract
from rotate_keys.kinds import Kind
from rotate_keys.policy import RotationPolicy
from rotate_keys.ports import Journal, Stages
from rotate_keys.report import Report
from rotate_keys.run import Run
from rotate_keys.steps import Steps

# A lease outlives its invocation by this much, for clocks that differ.
_LEASE_MARGIN_SECONDS = 5.0


class Subject(Struct, frozen=True, kw_only=True):
    """One secret that is rotated, and how."""

    provider: str
    secret_arn: str
    kind: Kind


class RotationService:
    """Rotates each of its secrets; those of different providers do not wait for one another.

    Args:
        subjects: The secrets.
        stages: Where they are.
        journal: Where the open rotations are.
        policy: The times.
        clock: Its wall clock dates everything.
    """

    def __init__(
        self,
        subjects: Sequence[Subject],
        *,
        stages: Stages,
        journal: Journal,
        policy: RotationPolicy,
        clock: Clock,
    ) -> None:
        self._subjects = {subject.secret_arn: subject for subject in subjects}
        self._stages = stages
        self._journal = journal
        self._policy = policy
        self._clock = clock

    @property
    def secret_arns(self) -> tuple[str, ...]:
        """What it rotates."""
        return tuple(self._subjects)

    def step(self, event: StepEvent, *, remaining_seconds: Callable[[], float]) -> Report:
        """One of Secrets Manager's steps.

        Raises:
            InvalidEventError: The contract is broken; nothing was touched.
            LeaseLostError: Another worker is at it; nothing was touched.
            FormaError: The step is not done; the old key is as it was.
        """
        subject = self._subjects[event.secret_arn]
        versions = self._stages.versions(event.secret_arn)
        if event.step is Step.TEST and not versions.labels:
            # Rotation is being switched on before the first key is there, as by a deployment.
            return Report(provider=subject.provider)
        check_contract(event, versions)
        with self._leased(subject, remaining_seconds) as run:
            if run is None:
                raise LeaseLostError(
                    f"another worker holds the rotation of {subject.provider}: try again later"
                )
            Steps(subject.kind).take(event.step, run, event.token)
            return _told(subject, run)

    def retire(self, event: RetireEvent, *, remaining_seconds: Callable[[], float]) -> list[Report]:
        """Finishes what is open and revokes what was replaced. Raises nothing of `FormaError`."""
        overlap_seconds = self._policy.overlap_seconds
        if event.overlap_seconds is not None:
            overlap_seconds = event.overlap_seconds
        return [
            self._round(subject, overlap_seconds, remaining_seconds)
            for arn, subject in self._subjects.items()
            if event.secret_arn in ("", arn)
        ]

    def _round(
        self, subject: Subject, overlap_seconds: float, remaining_seconds: Callable[[], float]
    ) -> Report:
        try:
            with self._leased(subject, remaining_seconds) as run:
                if run is None:
                    return Report(provider=subject.provider, busy=True)
                try:
                    self._tend(subject.kind, run, overlap_seconds)
                except FormaError as error:
                    return _told(subject, run, error)
                return _told(subject, run)
        except FormaError as error:
            return Report(provider=subject.provider, problem=str(error))

    def _tend(self, kind: Kind, run: Run, overlap_seconds: float) -> None:
        if not run.versions.version_with(CURRENT):
            # A stack that was deployed a moment ago.
            return
        Steps(kind).catch_up(run)
        if run.entry is None:
            token = self._given_by_a_person(run)
            if token:
                self._drive(kind, run, token)
        elif not run.is_at(Stage.PROMOTED):
            age_seconds = self._clock.wall() - run.entry.changed_at
            run.facts["open_seconds"] = self._clock.wall() - run.entry.started_at
            if age_seconds < self._policy.quiet_seconds and overlap_seconds > 0:
                return
            self._resume(kind, run)
        if run.is_at(Stage.PROMOTED):
            kind.retire(run, overlap_seconds=overlap_seconds)
        kind.sweep(run, overlap_seconds=overlap_seconds)

    def _given_by_a_person(self, run: Run) -> str:
        """A pending version that no rotation has made, with a value of its own."""
        token = run.versions.version_with(PENDING)
        if not token or token == run.versions.version_with(CURRENT):
            return ""
        value = run.stages.read(run.secret_arn, version_id=token, label=PENDING)
        # Secrets Manager tries the function with a copy of the present value.
        return token if value is not None and value != run.current()[1] else ""

    def _resume(self, kind: Kind, run: Run) -> None:
        token = run.open.token
        if PENDING in run.versions.labels.get(token, ()):
            self._drive(kind, run, token)
            return
        # Cancelled: its label was taken away.
        next_token = hashlib.sha256(f"resumed {token}".encode()).hexdigest()[:32]
        kind.set_aside(run, next_token=next_token)
        if run.entry is not None:
            self._drive(kind, run, next_token)

    def _drive(self, kind: Kind, run: Run, token: str) -> None:
        steps = Steps(kind)
        steps.create(run, token)
        steps.test(run, token)
        steps.finish(run, token)

    @contextmanager
    def _leased(
        self, subject: Subject, remaining_seconds: Callable[[], float]
    ) -> Iterator[Run | None]:
        lease = self._journal.take(
            subject.provider, lease_seconds=remaining_seconds() + _LEASE_MARGIN_SECONDS
        )
        if lease is None:
            yield None
            return
        try:
            yield Run(
                secret_arn=subject.secret_arn,
                lease=lease,
                # Read under the lease: what was read before may have moved.
                versions=self._stages.versions(subject.secret_arn),
                journal=self._journal,
                stages=self._stages,
                clock=self._clock,
                remaining_seconds=remaining_seconds,
            )
        finally:
            # It lapses by itself.
            with suppress(TransientError):
                self._journal.release(lease)


def _told(subject: Subject, run: Run, error: FormaError | None = None) -> Report:
    return Report(
        provider=subject.provider,
        stage=run.entry.stage if run.entry is not None else "",
        problem=str(error) if error is not None else "",
        operator_needed=isinstance(error, OperatorNeededError),
        facts=dict(run.facts),
    )
