"""Keys of a provider that lets two live side by side: the new one is made before the old ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from formarelay.errors import (
    CredentialError,
    KeyLimitError,
    OperatorNeededError,
    SecretUnavailableError,
    TransientError,
)
from formarelay.keys import FORMA_MAIL_KEY, Credential, IssuedKey, KeyRequest
from formarelay.redact import Secret
from formarelay.rotation import PENDING, Ending, RotationEntry, Stage
from rotate_keys.names import KeyNames
from rotate_keys.orphans import live_keys, orphans
from rotate_keys.policy import DAY_SECONDS, RotationPolicy
from rotate_keys.ports import KeyIssuer
from rotate_keys.retirement import retire_key
from rotate_keys.run import Run, fields_of

_CHECKS = {
    "api_key": lambda text: FORMA_MAIL_KEY.fullmatch(text) is not None,
    "key_id": lambda text: bool(text.strip()),
}
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 8.0


class KeyRotation:
    """See `Kind`. At no time do more than two keys of ours live.

    Args:
        issuer: Makes, lists, revokes and tries keys; or says what a person must do.
        names: Of the keys of this secret.
        policy: The times.
        sleep: Waits for a new key to become active.
    """

    def __init__(
        self,
        issuer: KeyIssuer,
        *,
        names: KeyNames,
        policy: RotationPolicy,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._issuer = issuer
        self._names = names
        self._policy = policy
        self._sleep = sleep

    def checked(self, value: Credential) -> Credential:
        return fields_of(value, _CHECKS)

    def intent(self, run: Run, token: str) -> RotationEntry:
        version_id, value = run.current()
        now = run.clock.wall()
        return RotationEntry(
            token=token,
            stage=Stage.INTENT,
            key_name=self._names.of(token),
            old_version_id=version_id,
            old_key_id=self.checked(value)["key_id"].reveal(),
            started_at=now,
            changed_at=now,
        )

    def obtain(self, run: Run) -> None:
        stored = run.pending()
        if stored is not None:
            key_id = self.checked(stored)["key_id"].reveal()
            if key_id == run.open.old_key_id:
                raise SecretUnavailableError(
                    f"the {PENDING} version holds the key that it should replace: make another one",
                    service="secretsmanager",
                )
            run.write(Stage.STORED, key_id=key_id)
            return
        if run.is_at(Stage.MINTED):
            # It was made, and its value died with the worker that made it.
            self._issuer.revoke(run.open.key_id)
            run.write(Stage.INTENT, key_id="")
        self._mint(run, self._make_room(run))

    def test(self, run: Run, value: Credential) -> None:
        """Waits for a key that is not active yet, as long as the invocation and the policy let."""
        permissions = self._policy.permissions
        if run.entry is not None and run.entry.permissions:
            permissions = run.entry.permissions
        began_at, pause = run.clock.monotonic(), _FIRST_PAUSE_SECONDS
        while True:
            try:
                self._issuer.test(value, permissions=permissions)
                return
            except CredentialError:
                waited = run.clock.monotonic() - began_at + pause
                if waited > self._policy.activation_seconds or not self._policy.has_time(
                    run.remaining_seconds() - pause, calls=3
                ):
                    raise
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def promoted(self, run: Run) -> None:
        """Nothing: the old key ends later."""

    def set_aside(self, run: Run, *, next_token: str) -> None:  # noqa: ARG002 (a pair needs it)
        """Revokes the new key, which was never promoted."""
        entry = run.open
        if entry.key_id:
            self._issuer.revoke(entry.key_id)
        if PENDING in run.versions.labels.get(entry.token, ()):
            run.stages.unlabel(run.secret_arn, version_id=entry.token, label=PENDING)
        run.end(Ending.ABANDONED)

    def retire(self, run: Run, *, overlap_seconds: float) -> None:
        retire_key(run, self._issuer, self._policy, overlap_seconds=overlap_seconds)

    def sweep(self, run: Run, *, overlap_seconds: float) -> None:
        keys = self._issuer.list_keys()
        if keys:
            self._tell_expiry(run, keys)
            self._revoke_orphans(run, keys, overlap_seconds=overlap_seconds)

    def _tell_expiry(self, run: Run, keys: Sequence[IssuedKey]) -> None:
        _, current = run.current()
        in_use = self.checked(current)["key_id"].reveal()
        for key in keys:
            if key.key_id == in_use and key.expires_at is not None:
                run.facts["days_to_expiry"] = (key.expires_at - run.clock.wall()) / DAY_SECONDS

    def _make_room(self, run: Run) -> IssuedKey | None:
        """Revokes what was lost, and returns the old key if it is in the list.

        Raises:
            KeyLimitError: There would be too many live keys; none is made.
        """
        keys = self._issuer.list_keys()
        revoked = self._revoke_orphans(run, keys, overlap_seconds=self._policy.overlap_seconds)
        living = [key for key in live_keys(keys) if key.key_id not in revoked]
        ours = [
            key
            for key in living
            if self._names.is_ours(key.name) or key.key_id == run.open.old_key_id
        ]
        if len(ours) > 1:
            raise KeyLimitError(
                f"{len(ours)} keys of this stack live, and a rotation adds one: revoke those in "
                "the dashboard that are not in the secret, or wait until they are unused"
            )
        if self._policy.key_limit and len(living) >= self._policy.key_limit:
            raise KeyLimitError(
                f"{len(living)} keys live, and the provider allows {self._policy.key_limit}: "
                "revoke one in the dashboard"
            )
        return next((key for key in keys if key.key_id == run.open.old_key_id), None)

    def _mint(self, run: Run, old: IssuedKey | None) -> None:
        if not self._policy.has_time(run.remaining_seconds()):
            raise TransientError("no time is left in this invocation to make a key and store it")
        permissions = old.permissions if old and old.permissions else self._policy.permissions
        request = KeyRequest(
            name=run.open.key_name,
            description="made by formarelay, which revokes it after its next rotation",
            permissions=permissions,
            expires_at=run.clock.wall() + self._policy.key_life_seconds,
            rate_limit=old.rate_limit if old else None,
        )
        try:
            minted = self._issuer.create(request)
        except OperatorNeededError as error:
            raise OperatorNeededError(
                f"{error.detail}, then store it as the pending version: aws secretsmanager "
                f"put-secret-value --secret-id {run.secret_arn} --client-request-token "
                f"{run.open.token} --version-stages {PENDING} --secret-string file://key.json, "
                'where the file holds {"api_key": "...", "key_id": "..."}',
                service=error.service,
            ) from None
        run.write(Stage.MINTED, key_id=minted.key_id, permissions=permissions)
        run.put_pending({"api_key": minted.value, "key_id": Secret(minted.key_id)})
        run.write(Stage.STORED)

    def _revoke_orphans(
        self, run: Run, keys: Sequence[IssuedKey], *, overlap_seconds: float
    ) -> set[str]:
        """Revokes keys of ours that are neither in the secret nor in the open rotation."""
        _, current = run.current()
        kept = {self.checked(current)["key_id"].reveal()}
        if run.entry is not None:
            kept |= {run.entry.key_id, run.entry.old_key_id}
        lost = orphans(keys, names=self._names, kept=kept)
        now = run.clock.wall()
        run.facts["orphans"] = float(len(lost))
        revoked: set[str] = set()
        for key in lost:
            if key.last_used_at is not None and now - key.last_used_at < overlap_seconds:
                # Somebody had it in the secret until lately, and caches may still hold it.
                continue
            self._issuer.revoke(key.key_id)
            revoked.add(key.key_id)
            run.facts["orphans"] -= 1
            run.facts["orphans_revoked"] = run.facts.get("orphans_revoked", 0.0) + 1
        return revoked
