"""The four steps, and the round that finishes and retires. What differs by provider is a `Kind`."""

from __future__ import annotations

from formarelay.errors import SecretUnavailableError, TransientError
from formarelay.rotation import CURRENT, PENDING, RotationEntry, Stage
from rotate_keys.contract import Step
from rotate_keys.kinds import Kind
from rotate_keys.run import Run


class RotationOpenError(TransientError):
    """An earlier rotation must end first. Nothing was touched."""


class StepOrderError(TransientError):
    """The step before has not done its work. Nothing was touched."""


class Steps:
    """Moves one open rotation on. Every step may be killed anywhere and called again.

    Args:
        kind: How this provider's keys are replaced.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def take(self, step: Step, run: Run, token: str) -> None:
        """Makes one of Secrets Manager's steps. Raises `FormaError`; the old key is untouched."""
        match step:
            case Step.CREATE:
                self.create(run, token)
            case Step.SET:
                # The provider made the key itself; there is nothing to set.
                self._stored(run, token)
            case Step.TEST:
                self.test(run, token)
            case Step.FINISH:
                self.finish(run, token)

    def create(self, run: Run, token: str) -> None:
        """Brings the rotation of this token to STORED."""
        self.catch_up(run)
        entry = run.entry
        if entry is not None and entry.token != token:
            if run.is_at(Stage.PROMOTED):
                raise RotationOpenError(
                    "the key that the previous rotation replaced still lives: it is revoked when "
                    "its overlap ends; invoke retire with overlapSeconds 0 to end it now"
                )
            self._kind.set_aside(run, next_token=token)
        if run.entry is None:
            if run.versions.version_with(CURRENT) == token:
                return
            run.begin(self._kind.intent(run, token))
        if not run.is_at(Stage.STORED):
            self._kind.obtain(run)

    def test(self, run: Run, token: str) -> None:
        """Brings the rotation of this token from STORED to TESTED."""
        if run.entry is None or run.entry.token != token:
            self._test_configuration(run, token)
            return
        self._stored(run, token)
        if run.is_at(Stage.TESTED):
            return
        value = run.pending()
        if value is None:
            raise SecretUnavailableError(f"the {PENDING} version has lost its value or its label")
        self._kind.test(run, self._kind.checked(value))
        run.write(Stage.TESTED)

    def finish(self, run: Run, token: str) -> None:
        """Brings the rotation of this token from TESTED to PROMOTED."""
        self.catch_up(run)
        if run.versions.version_with(CURRENT) == token:
            return
        entry = self._stored(run, token)
        if not run.is_at(Stage.TESTED):
            raise StepOrderError("testSecret has not passed: the new key is not promoted")
        version_id, value = run.current()
        if version_id != entry.old_version_id:
            # A person has put another key there meanwhile: that is the one to retire.
            key_id = value["key_id"].reveal() if "key_id" in value else ""
            run.write(entry.stage, old_version_id=version_id, old_key_id=key_id)
        run.stages.promote(run.secret_arn, version_id=token, from_version_id=version_id)
        run.reload()
        self.catch_up(run)

    def catch_up(self, run: Run) -> None:
        """Writes down a promotion that was made and not written down."""
        entry = run.entry
        if entry is None or run.is_at(Stage.PROMOTED):
            return
        if run.versions.version_with(CURRENT) == entry.token:
            run.write(Stage.PROMOTED, promoted_at=run.clock.wall())
            self._kind.promoted(run)

    def _stored(self, run: Run, token: str) -> RotationEntry:
        entry = run.entry
        if entry is None or entry.token != token or not run.is_at(Stage.STORED):
            raise StepOrderError("createSecret has not finished for this ClientRequestToken")
        return entry

    def _test_configuration(self, run: Run, token: str) -> None:
        """Secrets Manager tries the function when rotation is switched on, before any rotation.

        It calls this step alone, with a version that it removes again. Nothing is written down, so
        nothing can be promoted by it.
        """
        value = run.stages.read(run.secret_arn, version_id=token, label=PENDING)
        if value is not None:
            self._kind.test(run, self._kind.checked(value))
