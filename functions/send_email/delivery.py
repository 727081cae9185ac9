"""One mail: claim it, call the provider, write down what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from formarelay.claims import (
    AlreadySettled,
    Claimed,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    OnUnknown,
    Uncertain,
)
from formarelay.clock import Clock
from formarelay.errors import FormaError, TransientError
from formarelay.formamail.models import SendRequest
from formarelay.message import EmailMessage
from send_email.outcome import Expired, HandedBack, Outcome, Sent, SetAside
from send_email.policy import DEPENDENCY_SECONDS, SendPolicy
from send_email.ports import Ledger, Limiter, RowSource
from send_email.reconciliation import Absent, Found, Unprovable, look_up
from send_email.request import build_request, variables_of
from send_email.reserved_call import MailCall
from send_email.slot import SlotLostError
from send_email.stored_files import StoredFiles, files_verdict
from send_email.verdict import Verdict, accepted_verdict, failed_verdict, variables_verdict


class Delivery:
    """Delivers one mail at most once, whatever happened at earlier deliveries of its message.

    Safe to use from many threads when its collaborators are.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        rows: RowSource,
        files: StoredFiles,
        limiter: Limiter,
        policy: SendPolicy,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ledger = ledger
        self._rows = rows
        self._files = files
        self._limiter = limiter
        self._policy = policy
        self._clock = clock
        self._jitter = jitter

    def deliver(
        self,
        mail: MailIdentity,
        message: EmailMessage,
        *,
        provider: MailCall,
        remaining_seconds: Callable[[], float],
    ) -> Outcome:
        """Sends the mail, or says why not. Raises nothing of `formarelay.errors`.

        Uses the provider for one thing at most: to send, or to look an earlier call up.
        """
        if not self._policy.has_time(remaining_seconds()):
            return HandedBack(reason="no_time", wait_seconds=0)
        try:
            claim = self._ledger.claim(mail, lease_seconds=self._policy.lease_seconds)
            if isinstance(claim, Uncertain):
                return self._reconcile(mail, message, claim, provider)
        except SlotLostError as lost:
            return _waiting(lost)
        except FormaError as error:
            return HandedBack(
                reason="dependency_failed", wait_seconds=DEPENDENCY_SECONDS, error=str(error)
            )
        if not isinstance(claim, Claimed):
            return _not_ours(claim)
        return self._send(mail, message, claim, provider, remaining_seconds)

    def _reconcile(
        self,
        mail: MailIdentity,
        message: EmailMessage,
        uncertain: Uncertain,
        provider: MailCall,
    ) -> Outcome:
        settled_at = uncertain.last_call_at + self._policy.settle_delay_seconds
        wait_seconds = settled_at - self._clock.wall()
        if wait_seconds > 0:
            return HandedBack(reason="outcome_unknown", wait_seconds=wait_seconds)
        finding = look_up(
            provider,
            mail,
            message,
            since=uncertain.first_call_at - self._policy.clock_skew_seconds,
        )
        if isinstance(finding, Found):
            self._ledger.settle(
                mail,
                claim_id=uncertain.claim_id,
                state=MailState.SENT,
                email_id=finding.email_id,
            )
            return Sent(email_id=finding.email_id, attempts=uncertain.attempts, how="lookup")
        if isinstance(finding, Unprovable):
            return _held(finding.reason, uncertain)
        if isinstance(finding, Absent) and self._policy.on_unknown is OnUnknown.HOLD:
            return _held("the mail is not in the provider's list, and OnUnknown is hold", uncertain)
        # Sent by the next delivery, under a claim and a slot of its own.
        self._ledger.settle(mail, claim_id=uncertain.claim_id, state=MailState.OPEN)
        return HandedBack(reason="not_accepted", wait_seconds=0)

    def _send(
        self,
        mail: MailIdentity,
        message: EmailMessage,
        claim: Claimed,
        provider: MailCall,
        remaining_seconds: Callable[[], float],
    ) -> Outcome:
        if message.expires_at and message.expires_at.timestamp() <= self._clock.wall():
            return self._settle(mail, claim, _EXPIRED)
        try:
            variables = variables_of(message, self._rows)
        except FormaError as error:
            return self._settle(mail, claim, variables_verdict(error))

        def may_call() -> bool:
            return self._policy.may_call(
                remaining_seconds=remaining_seconds(),
                lease_seconds=claim.lease_until - self._clock.wall(),
            )

        verdict = self._send_with_files(mail, message, claim, provider, variables, may_call)
        return self._settle(mail, claim, verdict)

    def _send_with_files(
        self,
        mail: MailIdentity,
        message: EmailMessage,
        claim: Claimed,
        provider: MailCall,
        variables: Mapping[str, Any],
        may_call: Callable[[], bool],
    ) -> Verdict:
        request = build_request(message, mail, variables)
        with ExitStack() as held:
            try:
                contents = held.enter_context(
                    self._files.contents(message, request, may_go_on=may_call)
                )
            except FormaError as error:
                return files_verdict(error)
            if not may_call():
                return _TOO_LATE
            if contents:
                request = build_request(message, mail, variables, contents)
            return self._call(request, claim, provider)

    def _call(self, request: SendRequest, claim: Claimed, provider: MailCall) -> Verdict:
        try:
            accepted = provider.send(request)
        except SlotLostError as lost:
            return Verdict(state=MailState.OPEN, outcome=_waiting(lost), attempt_counts=False)
        except FormaError as error:
            return failed_verdict(
                error,
                attempts=claim.attempts,
                settle_delay_seconds=self._policy.settle_delay_seconds,
                jitter=self._jitter(),
            )
        return accepted_verdict(accepted, attempts=claim.attempts)

    def _settle(self, mail: MailIdentity, claim: Claimed, verdict: Verdict) -> Outcome:
        """Writes the verdict down.

        What is known to have happened stands when that fails: an entry stays claimed, and whoever
        meets it after the lease asks the provider; a gate stays open, and the next call closes it.
        """
        if verdict.gate_seconds and isinstance(verdict.outcome, HandedBack):
            with suppress(TransientError):
                self._limiter.close(reason=verdict.outcome.reason, seconds=verdict.gate_seconds)
        with suppress(TransientError):
            self._ledger.settle(
                mail,
                claim_id=claim.claim_id,
                state=verdict.state,
                email_id=verdict.email_id,
                attempt_counts=verdict.attempt_counts,
            )
        return verdict.outcome


_EXPIRED = Verdict(state=MailState.EXPIRED, outcome=Expired(), attempt_counts=False)
_TOO_LATE = Verdict(
    state=MailState.OPEN,
    outcome=HandedBack(reason="no_time", wait_seconds=0),
    attempt_counts=False,
)


def _waiting(lost: SlotLostError) -> HandedBack:
    return HandedBack(reason=lost.reason, wait_seconds=lost.wait_seconds)


def _not_ours(claim: AlreadySettled | InFlight | Conflicting) -> Outcome:
    match claim:
        case AlreadySettled(state=MailState.EXPIRED):
            return Expired()
        case AlreadySettled():
            return Sent(email_id=claim.email_id, attempts=claim.attempts, how="ledger")
        case InFlight():
            return HandedBack(reason="in_flight", wait_seconds=claim.lease_seconds)
        case Conflicting():
            return SetAside(
                reason="idempotency_key_reused",
                detail="idempotencyKey was used before for a mail with other content",
            )


def _held(reason: str, uncertain: Uncertain) -> SetAside:
    return SetAside(reason="outcome_unknown", detail=reason, attempts=uncertain.attempts)
