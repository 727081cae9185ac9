"""The pair of a provider that has one at a time: the call that makes the new ends the old one."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress

from formarelay.errors import (
    CredentialError,
    FormaError,
    OperatorNeededError,
    OutcomeUnknownError,
    TransientError,
    UnexpectedResponseError,
)
from formarelay.keys import Credential
from formarelay.redact import Secret
from formarelay.rotation import PENDING, PREVIOUS, Ending, RotationEntry, Stage
from rotate_keys.pair_advice import PAIR_LOST, PAIR_UNREADABLE, REPLY_UNREADABLE
from rotate_keys.policy import RotationPolicy
from rotate_keys.ports import Gate, PairIssuer
from rotate_keys.run import Run, fields_of

ROTATING = "rotating"
# Marks the version that holds the provider's answer as it came, until its pair is current.
REPLY = "formarelay-reply"
# Nothing is promised of them; but both travel in headers.
_VISIBLE = re.compile(r"[!-~]+")
_CHECKS = dict.fromkeys(
    ("api_key", "secret_key"), lambda text: _VISIBLE.fullmatch(text) is not None
)


class PairRotation:
    """See `Kind`. The call that swaps is made once a rotation, and never again while its outcome is
    unknown. From it until the new pair is current, readers are kept away by the gate.

    Args:
        issuer: Swaps, reads and tries the pair.
        gate: Of the provider; readers look at it before they call.
        policy: The times.
    """

    def __init__(self, issuer: PairIssuer, *, gate: Gate, policy: RotationPolicy) -> None:
        self._issuer = issuer
        self._gate = gate
        self._policy = policy

    def checked(self, value: Credential) -> Credential:
        return fields_of(value, _CHECKS)

    def intent(self, run: Run, token: str) -> RotationEntry:
        version_id, value = run.current()
        self.checked(value)
        now = run.clock.wall()
        return RotationEntry(
            token=token,
            stage=Stage.INTENT,
            # Names the answer's version, and stays when the rotation moves to another token.
            key_name=hashlib.sha256(f"reply {token}".encode()).hexdigest()[:32],
            old_version_id=version_id,
            old_key_id="",
            started_at=now,
            changed_at=now,
        )

    def obtain(self, run: Run) -> None:
        stored = run.pending()
        if stored is not None:
            self.checked(stored)
            run.write(Stage.STORED)
            return
        if run.is_at(Stage.MINTED):
            self._store(run, self._reply(run))
        elif run.is_at(Stage.SWAPPING):
            self._resume(run)
        else:
            self._swap(run)

    def test(self, run: Run, value: Credential) -> None:
        if run.entry is not None:
            self._keep_readers_away()
        self._issuer.test(value)

    def promoted(self, run: Run) -> None:
        swapped_at = run.open.swapped_at
        if swapped_at is not None:
            run.facts["gap_seconds"] = max(0.0, run.clock.wall() - swapped_at)
        # A gate that stays closed reopens by itself, and a label costs nothing.
        with suppress(FormaError):
            self._gate.reopen(reason=ROTATING)
        with suppress(FormaError):
            self._forget_reply(run)

    def set_aside(self, run: Run, *, next_token: str) -> None:
        """Ends an intent. A swap cannot be undone: it goes on under the next token."""
        if not run.is_at(Stage.SWAPPING):
            run.end(Ending.ABANDONED)
            return
        stage = Stage.MINTED if run.is_at(Stage.MINTED) else Stage.SWAPPING
        run.write(stage, token=next_token)

    def retire(self, run: Run, *, overlap_seconds: float) -> None:  # noqa: ARG002 (it has none)
        """The old pair has ended with the swap. Some grace of the provider's is waited for."""
        entry = run.open
        value = run.stages.read(run.secret_arn, version_id=entry.old_version_id, label=PREVIOUS)
        if value is not None and not self._issuer.is_refused(self.checked(value)):
            promoted_at = entry.promoted_at or entry.changed_at
            run.facts["awaiting"] = 1.0
            run.facts["awaiting_seconds"] = run.clock.wall() - promoted_at
            return
        run.facts["finished"] = 1.0
        run.end(Ending.RETIRED)

    def sweep(self, run: Run, *, overlap_seconds: float) -> None:
        """Nothing: there is one pair, and no list."""

    def _swap(self, run: Run) -> None:
        version_id, value = run.current()
        pair = self.checked(value)
        if not self._policy.has_time(run.remaining_seconds(), calls=3):
            raise TransientError("no time is left in this invocation to swap the pair and store it")
        self._issuer.prepare(pair)
        self._gate.close(reason=ROTATING, seconds=self._policy.gate_seconds)
        run.write(Stage.SWAPPING, swapped_at=run.clock.wall(), old_version_id=version_id)
        try:
            answer = self._issuer.swap(pair)
        except OutcomeUnknownError:
            answer = self._recover(run, pair)
        except FormaError:
            # Proven not executed: the pair is as it was, and a later attempt may call.
            run.write(Stage.INTENT, swapped_at=None)
            self._gate.reopen(reason=ROTATING)
            raise
        self._keep(run, answer)
        self._store(run, answer)

    def _resume(self, run: Run) -> None:
        """After a death amid the swap: its answer may be stored, or lost."""
        answer = self._stored_reply(run)
        if answer is None:
            _, value = run.current()
            answer = self._recover(run, self.checked(value))
            self._keep(run, answer)
        else:
            run.write(Stage.MINTED)
        self._store(run, answer)

    def _recover(self, run: Run, pair: Credential) -> Secret:
        """The answer that was lost, read anew with what still lives of the old pair.

        Raises:
            OperatorNeededError: Nothing lives of it, or the provider shows no pair: if that stays
                so, a person must read the dashboard.
            TransientError: The pair has not changed, or not yet.
        """
        self._keep_readers_away()
        try:
            answer = self._issuer.present(pair)
        except CredentialError:
            raise OperatorNeededError(PAIR_LOST.format(arn=run.secret_arn)) from None
        if self._differs(run, answer, pair):
            return answer
        replaced = run.current()[0] != run.open.old_version_id
        since_swap = run.clock.wall() - (run.open.swapped_at or 0.0)
        if not replaced and since_swap < self._policy.settle_seconds:
            raise TransientError(
                "the swap was not answered, and the pair is as it was: it may still change"
            )
        if PENDING in run.versions.labels.get(run.open.token, ()):
            run.stages.unlabel(run.secret_arn, version_id=run.open.token, label=PENDING)
        run.end(Ending.REPLACED if replaced else Ending.ABANDONED)
        self._gate.reopen(reason=ROTATING)
        raise TransientError(
            "this rotation has ended: a person has put a pair into the secret that works"
            if replaced
            else "this rotation has ended without a swap, the pair is as it was: rotate again"
        )

    def _differs(self, run: Run, answer: Secret, pair: Credential) -> bool:
        try:
            return self._issuer.pair_of(answer) != pair
        except UnexpectedResponseError as error:
            # A read, which the next attempt makes anew; nothing says that the pair was swapped.
            raise OperatorNeededError(
                PAIR_UNREADABLE.format(problem=error.detail, arn=run.secret_arn)
            ) from None

    def _keep(self, run: Run, answer: Secret) -> None:
        """Stores the answer as it came: whatever is wrong with it, it is not lost."""
        run.stages.put_text(run.secret_arn, version_id=run.open.key_name, text=answer, label=REPLY)
        run.write(Stage.MINTED)

    def _store(self, run: Run, answer: Secret) -> None:
        try:
            pair = self._issuer.pair_of(answer)
        except UnexpectedResponseError as error:
            pair = self._read_instead(run, problem=error.detail)
        run.put_pending(pair)
        run.write(Stage.STORED)

    def _read_instead(self, run: Run, *, problem: str) -> Credential:
        """The pair, from a second answer, when the first holds none that is understood."""
        old = self.checked(run.current()[1])
        with suppress(FormaError):
            pair = self._issuer.pair_of(self._issuer.present(old))
            if pair != old:
                return pair
        raise OperatorNeededError(
            REPLY_UNREADABLE.format(
                problem=problem,
                arn=run.secret_arn,
                label=REPLY,
                reply=run.open.key_name,
                token=run.open.token,
            )
        )

    def _reply(self, run: Run) -> Secret:
        answer = self._stored_reply(run)
        if answer is None:
            raise OperatorNeededError(PAIR_LOST.format(arn=run.secret_arn))
        return answer

    def _stored_reply(self, run: Run) -> Secret | None:
        return run.stages.read_text(run.secret_arn, version_id=run.open.key_name, label=REPLY)

    def _forget_reply(self, run: Run) -> None:
        if REPLY in run.versions.labels.get(run.open.key_name, ()):
            run.stages.unlabel(run.secret_arn, version_id=run.open.key_name, label=REPLY)

    def _keep_readers_away(self) -> None:
        # They would only be refused, and come back; what matters is the new pair.
        with suppress(TransientError):
            self._gate.close(reason=ROTATING, seconds=self._policy.gate_seconds)
