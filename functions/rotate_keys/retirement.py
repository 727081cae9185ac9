"""The end of an old key: after its overlap, when nobody uses it, and seen to be dead."""

from __future__ import annotations

from formarelay.errors import TransientError
from formarelay.rotation import PREVIOUS, Ending
from rotate_keys.policy import RotationPolicy
from rotate_keys.ports import KeyIssuer
from rotate_keys.run import Run


class OldKeyAliveError(TransientError):
    """The key was revoked, and the provider still accepts it."""


def retire_key(
    run: Run, issuer: KeyIssuer, policy: RotationPolicy, *, overlap_seconds: float
) -> None:
    """Revokes the old key of the open rotation when its time has come, and ends the rotation.

    Until the key is seen to be refused, the rotation stays open and every round tries again.

    Args:
        run: Of a rotation that is promoted.
        issuer: Lists and revokes.
        policy: The times.
        overlap_seconds: How long the old key lives on; 0 in an emergency.

    Raises:
        OperatorNeededError: Only a person can revoke it; the text names the key.
        OldKeyAliveError: It is revoked and still accepted.
        FormaError: The provider did not do it; see `formarelay.errors`.
    """
    entry, now = run.open, run.clock.wall()
    promoted_at = entry.promoted_at or entry.changed_at
    due_at = promoted_at + overlap_seconds
    run.facts |= {"awaiting": 1.0, "awaiting_seconds": max(0.0, now - due_at)}
    if now < due_at:
        return
    _, current = run.current()
    if "key_id" in current and current["key_id"].reveal() == entry.old_key_id:
        # A person went back to it.
        _end(run, Ending.REPLACED)
        return
    old = next((key for key in issuer.list_keys() if key.key_id == entry.old_key_id), None)
    if old is not None and old.is_active:
        if not policy.may_revoke(
            old, promoted_at=promoted_at, now=now, overlap_seconds=overlap_seconds
        ):
            run.facts["old_key_in_use"] = 1.0
            return
        issuer.revoke(old.key_id)
    value = run.stages.read(run.secret_arn, version_id=entry.old_version_id, label=PREVIOUS)
    if value is None or "api_key" not in value:
        # A person has put another value there since, so nothing is left to try the old key with.
        _end(run, Ending.RETIRED if old is not None else Ending.REPLACED)
        return
    if old is None and not issuer.is_refused(value):
        issuer.revoke(entry.old_key_id)
    if not issuer.is_refused(value):
        raise OldKeyAliveError(f"the key {entry.old_key_id} is revoked and still accepted")
    _end(run, Ending.RETIRED)


def _end(run: Run, ending: Ending) -> None:
    run.end(ending)
    run.facts |= {"awaiting": 0.0, "awaiting_seconds": 0.0, "finished": 1.0}
