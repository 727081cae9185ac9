"""One batch of the queue: parse, ask for slots, deliver side by side, set aside what cannot go."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from formarelay.claims import MailIdentity
from formarelay.clock import Clock
from formarelay.errors import MalformedMessageError, RateLimit, TransientError
from formarelay.identity import identify
from formarelay.message import EmailMessage, parse_message
from formarelay.window import SlotReservation
from send_email.delivery import Delivery
from send_email.outcome import HandedBack, Outcome, SetAside
from send_email.policy import (
    DEPENDENCY_SECONDS,
    OUTAGE_SECONDS,
    SendPolicy,
    gate_wait_seconds,
    wait_that_lasts,
)
from send_email.ports import DeadLetters, Limiter, MailProvider
from send_email.record import QueueRecord, Result
from send_email.reserved_call import ReservedCall
from send_email.slot import Slot

_INTERNAL_ERROR = HandedBack(reason="internal_error", wait_seconds=DEPENDENCY_SECONDS)


class _Mail(Struct, frozen=True):
    record: QueueRecord
    identity: MailIdentity
    message: EmailMessage


class BatchService:
    """Gives every record of a batch exactly one result; no record can fail its neighbours."""

    def __init__(
        self,
        *,
        delivery: Delivery,
        provider: MailProvider,
        limiter: Limiter,
        dead_letters: DeadLetters,
        policy: SendPolicy,
        executor: Executor,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delivery = delivery
        self._provider = provider
        self._policy = policy
        self._clock = clock
        self._sleep = sleep
        self._limiter = limiter
        self._dead_letters = dead_letters
        self._executor = executor

    def process(
        self, records: Sequence[QueueRecord], *, remaining_seconds: Callable[[], float]
    ) -> list[Result]:
        """Delivers the records, those of different mails at the same time.

        Records of the same mail go one after the other, so that the second meets the outcome of
        the first. Returns one result a record, in any order.
        """
        results: list[Result] = []
        mails: dict[str, list[_Mail]] = {}
        # Read by the pool for its futures: they hold a programming error to its own record.
        reading = [(record, self._executor.submit(_read, record)) for record in records]
        for record, future in reading:
            match future.exception():
                case None:
                    mail = future.result()
                    mails.setdefault(mail.identity.key, []).append(mail)
                case MalformedMessageError() as error:
                    malformed = SetAside(reason=error.reason, detail=error.detail)
                    results.append(Result(record=record, outcome=self._stored(record, malformed)))
                case failure:
                    results.append(Result(record=record, outcome=_INTERNAL_ERROR, failure=failure))
        results += self._deliver_all(list(mails.values()), remaining_seconds)
        return [_with_lasting_wait(result) for result in results]

    def _deliver_all(
        self, groups: list[list[_Mail]], remaining_seconds: Callable[[], float]
    ) -> list[Result]:
        if not groups:
            return []
        # Urgent mail first: when fewer are granted, it is the others that wait.
        groups = sorted(groups, key=lambda group: not _is_urgent(group))
        try:
            reservation = self._limiter.reserve(
                len(groups),
                patience_seconds=self._policy.patience_seconds(remaining_seconds()),
                urgent=sum(map(_is_urgent, groups)),
            )
        except TransientError as error:
            failed = HandedBack(
                reason="dependency_failed", wait_seconds=DEPENDENCY_SECONDS, error=str(error)
            )
            return _all(groups, failed)
        calls = [
            self._reserved(reservation, start, remaining_seconds) for start in reservation.starts
        ]
        running = [
            (group, self._executor.submit(self._deliver_group, group, call, remaining_seconds))
            for group, call in zip(groups, calls, strict=False)
        ]
        wait_seconds = gate_wait_seconds(reservation.reason, reservation.wait_seconds)
        waiting = HandedBack(reason=reservation.reason, wait_seconds=wait_seconds)
        results = _all(groups[reservation.granted :], waiting)
        for group, future in running:
            failure = future.exception()
            if failure is None:
                results += future.result()
            else:
                results += _all([group], _INTERNAL_ERROR, failure)
        self._finish(reservation, calls)
        return results

    def _reserved(
        self, reservation: SlotReservation, start: float, remaining_seconds: Callable[[], float]
    ) -> ReservedCall:
        return ReservedCall(
            self._provider,
            slot=self._slot(reservation, start),
            limiter=self._limiter,
            new_slot=self._slot,
            may_go_on=lambda: self._policy.has_time(remaining_seconds()),
            patience_seconds=lambda: self._policy.patience_seconds(remaining_seconds()),
        )

    def _slot(self, reservation: SlotReservation, start: float) -> Slot:
        return Slot(
            self._limiter,
            reservation,
            starts_at=start,
            call_seconds=self._policy.call_seconds,
            clock=self._clock,
            sleep=self._sleep,
        )

    def _finish(self, reservation: SlotReservation, calls: Sequence[ReservedCall]) -> None:
        """Frees the slots, and closes the gate when nothing but an outage was met.

        A failure to do so costs speed alone: slots lapse, and the next batch meets the outage.
        """
        if not calls:
            return
        healthy = any(call.healthy for call in calls)
        rate = _last_rate(calls)
        if not healthy and any(call.outage for call in calls):
            with suppress(TransientError):
                self._limiter.close(reason="provider_down", seconds=OUTAGE_SECONDS)
        with suppress(TransientError):
            self._limiter.finish(
                reservation,
                ends=[call.slot.ended_at for call in calls if call.slot.ended_at is not None],
                unused=sum(not call.slot.started for call in calls),
                healthy=healthy,
                limit=rate.limit if rate else None,
                remaining=rate.remaining if rate else None,
            )

    def _deliver_group(
        self, group: list[_Mail], call: ReservedCall, remaining_seconds: Callable[[], float]
    ) -> list[Result]:
        call.slot.wait()
        return [
            Result(
                record=mail.record,
                outcome=self._deliver(mail, call, remaining_seconds),
                relay_id=mail.identity.relay_id,
                idempotency_key=mail.message.idempotency_key or "",
            )
            for mail in group
        ]

    def _deliver(
        self, mail: _Mail, call: ReservedCall, remaining_seconds: Callable[[], float]
    ) -> Outcome:
        outcome = self._delivery.deliver(
            mail.identity, mail.message, provider=call, remaining_seconds=remaining_seconds
        )
        if isinstance(outcome, SetAside):
            return self._stored(mail.record, outcome, key=mail.message.idempotency_key or "")
        return outcome

    def _stored(self, record: QueueRecord, outcome: SetAside, key: str = "") -> Outcome:
        facts = {
            "reason": outcome.reason,
            "detail": outcome.detail,
            "attempts": str(outcome.attempts),
            "idempotencyKey": key,
        }
        try:
            self._dead_letters.put(record.body, facts=facts)
        except TransientError as error:
            return HandedBack(
                reason="dead_letter_failed", wait_seconds=DEPENDENCY_SECONDS, error=str(error)
            )
        return outcome


def _is_urgent(group: list[_Mail]) -> bool:
    """Whether its one call may use the reserve of the quota."""
    return any(mail.message.priority == "high" for mail in group)


def _read(record: QueueRecord) -> _Mail:
    message = parse_message(record.body, message_id=record.message_id)
    return _Mail(record, identify(message), message)


def _with_lasting_wait(result: Result) -> Result:
    if not isinstance(result.outcome, HandedBack):
        return result
    wait_seconds = wait_that_lasts(
        result.outcome.wait_seconds, receive_count=result.record.receive_count
    )
    return replace(result, outcome=replace(result.outcome, wait_seconds=wait_seconds))


def _last_rate(calls: Sequence[ReservedCall]) -> RateLimit | None:
    """What the latest answer said of the rate limit."""
    told = [(call.slot.ended_at, call.rate) for call in calls if call.slot.ended_at and call.rate]
    return max(told, key=lambda pair: pair[0])[1] if told else None


def _all(
    groups: list[list[_Mail]], outcome: Outcome, failure: BaseException | None = None
) -> list[Result]:
    return [
        Result(
            record=mail.record,
            outcome=outcome,
            relay_id=mail.identity.relay_id,
            idempotency_key=mail.message.idempotency_key or "",
            failure=failure,
        )
        for group in groups
        for mail in group
    ]
