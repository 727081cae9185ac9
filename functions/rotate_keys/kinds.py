"""What differs between the secrets that are rotated."""

from __future__ import annotations

from typing import Protocol

from formarelay.keys import Credential
from formarelay.rotation import RotationEntry
from rotate_keys.run import Run


class Kind(Protocol):
    """How one provider's keys are replaced. Each method may be killed anywhere and called again.

    All raise `FormaError`.
    """

    def intent(self, run: Run, token: str) -> RotationEntry:
        """The entry of a new rotation. Touches nothing; raises when it cannot succeed."""
        ...

    def obtain(self, run: Run) -> None:
        """Brings the open rotation to STORED."""
        ...

    def checked(self, value: Credential) -> Credential:
        """The fields that a version must have. Raises `SecretUnavailableError`."""
        ...

    def test(self, run: Run, value: Credential) -> None:
        """Returns when the provider accepts the key, with the rights that it needs."""
        ...

    def promoted(self, run: Run) -> None:
        """Called after the new version became current; perhaps not, and perhaps twice."""
        ...

    def set_aside(self, run: Run, *, next_token: str) -> None:
        """Ends the open rotation, which was cancelled; or, where it cannot be undone, moves it to
        the next token.
        """
        ...

    def retire(self, run: Run, *, overlap_seconds: float) -> None:
        """Ends the old key when it may end, and the rotation when the old key is dead."""
        ...

    def sweep(self, run: Run, *, overlap_seconds: float) -> None:
        """Revokes keys of ours that nobody has."""
        ...
