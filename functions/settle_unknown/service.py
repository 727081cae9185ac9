"""One round: find the open questions, ask the provider's list, write down the answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from msgspec import Struct, field

from formarelay.claims import MailState, OnUnknown, Unsettled
from formarelay.clock import Clock
from formarelay.errors import (
    FormaError,
    PermanentError,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from formarelay.identity import RELAY_ID_KEY
from settle_unknown.paced_list import NotNowError, PacedList
from settle_unknown.policy import SweepPolicy, Window, windows_of
from settle_unknown.ports import MailList, Slots, UnsettledMails


class Round(Struct):
    """What came of a round.

    Args:
        found: Unsettled mails at its beginning, in the part of the table that it saw.
        sent: Those that the provider's list showed, each with the provider's id.
        opened: How many are proven not accepted: the next delivery of their message sends them.
        held: How many are missing from the list and left to a person, now or since earlier rounds.
        overtaken: How many a worker settled or claimed meanwhile.
        unprovable: How many the list could say nothing about.
        oldest_seconds: How long ago the first call of the oldest was that is still unsettled.
        stopped: Why the round ended before its work did; empty when all was done.
    """

    found: int = 0
    sent: list[tuple[Unsettled, str]] = field(default_factory=list)
    opened: int = 0
    held: int = 0
    overtaken: int = 0
    unprovable: int = 0
    oldest_seconds: float = 0.0
    stopped: str = ""

    @property
    def left(self) -> int:
        """How many are still unsettled, those that are held included."""
        return self.found - len(self.sent) - self.opened - self.overtaken


class Sweep:
    """Settles what no redelivery touches. Sends nothing.

    Safe to be killed anywhere and to be run again: each answer is one conditional write.
    """

    def __init__(
        self,
        *,
        mails: UnsettledMails,
        provider: MailList,
        slots: Slots,
        policy: SweepPolicy,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._mails = mails
        self._provider = provider
        self._slots = slots
        self._policy = policy
        self._clock = clock
        self._sleep = sleep

    def run(self, *, remaining_seconds: Callable[[], float]) -> Round:
        """One round, which ends in time.

        Raises:
            TransientError, UnexpectedResponseError: The ledger cannot be read; nothing was done.
        """
        result = Round()
        began_at = self._mails.position()
        mails, position = self._find(began_at, result, remaining_seconds)
        result.found = len(mails)
        unsettled = {mail.entry: mail for mail in mails}
        emails = PacedList(
            self._provider,
            slots=self._slots,
            policy=self._policy,
            clock=self._clock,
            sleep=self._sleep,
            remaining_seconds=remaining_seconds,
        )
        asked = [mail for mail in mails if not self._is_held(mail)]
        result.held = len(mails) - len(asked)
        try:
            # First, so that what a round has no time for cannot keep others out of sight for ever.
            if position != began_at:
                self._mails.save_position(position)
            for window in windows_of(asked, self._policy):
                self._look_up(window, emails, result, unsettled)
        except NotNowError as error:
            result.stopped = error.reason
        except FormaError as error:
            result.stopped = str(error)
        first_calls = [mail.first_call_at for mail in unsettled.values()]
        if first_calls:
            result.oldest_seconds = max(0.0, self._clock.wall() - min(first_calls))
        return result

    def _find(
        self, position: str, result: Round, remaining_seconds: Callable[[], float]
    ) -> tuple[list[Unsettled], str]:
        """Unsettled mails, and where to go on the next time. Takes half of the time at most."""
        half_seconds = remaining_seconds() / 2
        quiet_since = self._clock.wall() - self._policy.quiet_seconds
        mails: list[Unsettled] = []
        while True:
            page = self._mails.page(position=position, quiet_since=quiet_since)
            mails += page.mails
            position = page.position
            if not position:
                return mails, ""
            if remaining_seconds() < half_seconds or len(mails) >= self._policy.most_mails:
                result.stopped = "table_not_finished"
                return mails, position

    def _is_held(self, mail: Unsettled) -> bool:
        return mail.is_absent and self._policy.on_unknown is OnUnknown.HOLD

    def _look_up(
        self, window: Window, emails: PacedList, result: Round, unsettled: dict[str, Unsettled]
    ) -> None:
        """Settles the mails of a window, those that the list shows as soon as it does."""
        missing = {mail.relay_id: mail for mail in window.mails}
        unmarked = 0
        try:
            with closing(emails.emails(since=window.since, until=window.until)) as listed:
                for email in listed:
                    relay_id = str(email.metadata.get(RELAY_ID_KEY, ""))
                    unmarked += not relay_id
                    mail = missing.pop(relay_id, None)
                    if mail is not None:
                        self._write_sent(mail, email.id, result, unsettled)
                    if not missing:
                        return
        except PermissionDeniedError as error:
            result.unprovable += len(missing)
            raise PermissionDeniedError(
                "the API key lacks emails:read, so the provider's list is closed to us"
            ) from error
        except (PermanentError, UnexpectedResponseError):
            # Refused, or not shown to its end; another window is another question.
            result.unprovable += len(missing)
            return
        if unmarked:
            # One of them may be ours, for the list shows it without its metadata.
            result.unprovable += len(missing)
            return
        for mail in missing.values():
            self._write_absent(mail, result, unsettled)

    def _write_sent(
        self, mail: Unsettled, email_id: str, result: Round, unsettled: dict[str, Unsettled]
    ) -> None:
        if self._mails.settle(mail, state=MailState.SENT, email_id=email_id):
            result.sent.append((mail, email_id))
        else:
            result.overtaken += 1
        del unsettled[mail.entry]

    def _write_absent(
        self, mail: Unsettled, result: Round, unsettled: dict[str, Unsettled]
    ) -> None:
        if self._policy.on_unknown is OnUnknown.HOLD:
            if self._mails.note_absence(mail):
                result.held += 1
                return
        elif self._mails.settle(mail, state=MailState.OPEN):
            result.opened += 1
            del unsettled[mail.entry]
            return
        result.overtaken += 1
        del unsettled[mail.entry]
