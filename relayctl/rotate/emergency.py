"""Replaces a key and ends the old one, as fast as the provider lets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from relayctl.errors import RelayctlError
from relayctl.rotate.service import Told, Versions

# How long a rotation is left to Secrets Manager before a round looks at what keeps it.
PATIENCE_SECONDS = 15.0
POLL_SECONDS = 1.0
# A round calls the provider; one that is in trouble is not asked more often.
ROUND_SECONDS = 4.0
# The promise is one minute; a provider that is slow or down gets longer before it is given up.
LONGEST_SECONDS = 180.0
_NEXT_ROUND = "The schedule goes on trying by itself; run this command again to try at once"


class SecretRotation(Protocol):
    """See `relayctl.rotate.service.Rotation`. Raises `RelayctlError`."""

    def versions(self) -> Versions: ...

    def start(self) -> str: ...

    def retire(self) -> Told: ...


class EmergencyRotation:
    """Args:
    rotation: Of the one secret.
    say: Is told each step when it is done.
    now: A clock that never jumps.
    sleep: Waits that many seconds.
    """

    def __init__(
        self,
        rotation: SecretRotation,
        *,
        say: Callable[[str], None],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._rotation = rotation
        self._say = say
        self._now = now
        self._sleep = sleep

    def carry_out(self) -> None:
        """Returns when the key that was current before is dead.

        Raises:
            RelayctlError: It is not; the text says what is, and what to do.
        """
        began_at = self._now()
        before = self._checked(self._rotation.versions())
        told = self._finish_what_is_open()
        if self._rotation.versions().current == before:
            self._rotate(before)
            self._say(f"{self._since(began_at)} the new key is tested and current")
            told = self._rotation.retire()
        self._end_the_old_key(told)
        self._say(f"{self._since(began_at)} the old key is dead: the provider refuses it")

    def _checked(self, versions: Versions) -> str:
        if not versions.current:
            raise RelayctlError("the secret has no value yet: put the first key there")
        if not versions.is_rotated:
            raise RelayctlError(
                "rotation is not switched on for this secret: deploy with FormaMailRotation or "
                "FormalooRotation enabled, or switch it on again if somebody cancelled it "
                "(aws secretsmanager rotate-secret)"
            )
        return versions.current

    def _finish_what_is_open(self) -> Told:
        """An open rotation may be in the way, or be the very one that replaces the key."""
        told = self._rotation.retire()
        if told.is_busy:
            raise RelayctlError(
                "a rotation of this secret is under way right now. Run this command again in a "
                "minute"
            )
        if told.problem:
            if told.stage and not told.is_promoted:
                self._give_up(told)
            # What keeps the key before the present one alive does not keep the present one.
            self._say(f"an earlier rotation has not ended: {told.problem}")
        return told

    def _rotate(self, before: str) -> None:
        token = self._rotation.start()
        self._say("Secrets Manager rotates")
        began_at = self._now()
        while self._rotation.versions().current != token:
            if self._now() - began_at > PATIENCE_SECONDS:
                told = self._rotation.retire()
                if told.problem and (told.needs_person or self._is_late(began_at)):
                    self._give_up(told)
                if self._is_late(began_at):
                    raise RelayctlError(f"the new key is not current yet. {_NEXT_ROUND}")
                if self._rotation.versions().current not in (before, token):
                    # The provider's call could not be undone: it went on under another version.
                    return
                self._sleep(ROUND_SECONDS)
            else:
                self._sleep(POLL_SECONDS)

    def _end_the_old_key(self, told: Told) -> None:
        began_at = self._now()
        while not told.is_over:
            if told.problem and told.needs_person:
                raise RelayctlError(
                    f"the new key is in use, and a person must end the old one: {told.problem}. "
                    "The schedule looks whether it is dead"
                )
            if self._is_late(began_at):
                why = told.problem or "the provider still accepts it"
                raise RelayctlError(
                    f"the new key is in use, and the old one is not dead: {why}. {_NEXT_ROUND}"
                )
            self._sleep(ROUND_SECONDS)
            told = self._rotation.retire()

    def _give_up(self, told: Told) -> None:
        if told.needs_person:
            raise RelayctlError(
                f"a person is needed, and the key is as it was: {told.problem}. Then run this "
                "command again"
            )
        raise RelayctlError(f"the key is as it was: {told.problem}. {_NEXT_ROUND}")

    def _is_late(self, began_at: float) -> bool:
        return self._now() - began_at > LONGEST_SECONDS

    def _since(self, began_at: float) -> str:
        return f"after {self._now() - began_at:.1f} s"
