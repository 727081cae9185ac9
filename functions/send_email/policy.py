"""The decisions of sending, as pure values and functions."""

from __future__ import annotations

from msgspec import Struct

from formarelay.claims import OnUnknown


class SendPolicy(Struct, frozen=True, kw_only=True):
    """The times and choices that sending depends on.

    Args:
        call_seconds: The longest that one provider call can take, connecting included.
        settle_delay_seconds: How long an accepted mail may be missing from the provider's list.
        on_unknown: What absence from the list, after that delay, leads to.
        margin_seconds: Kept free at the end of an invocation to settle and answer.
        clock_skew_seconds: How far the provider's clock may differ from ours.
        longest_patience_seconds: How long the function waits for a slot; its time is paid for.
    """

    call_seconds: float
    settle_delay_seconds: float
    on_unknown: OnUnknown = OnUnknown.RESEND
    margin_seconds: float = 5.0
    clock_skew_seconds: float = 300.0
    longest_patience_seconds: float = 5.0

    @property
    def lease_seconds(self) -> float:
        """A claim outlives the call, its one repeat after a refused key, and as long before it."""
        return 3 * self.call_seconds + self.margin_seconds

    def has_time(self, remaining_seconds: float) -> bool:
        """Whether a call that starts now ends within the invocation."""
        return remaining_seconds >= self.call_seconds + self.margin_seconds

    def patience_seconds(self, remaining_seconds: float) -> float:
        """How long the function itself waits for a slot; longer waits are the queue's."""
        spare_seconds = remaining_seconds - 2 * self.call_seconds - self.margin_seconds
        return max(0.0, min(self.longest_patience_seconds, spare_seconds))

    def may_call(self, *, remaining_seconds: float, lease_seconds: float) -> bool:
        """Whether a call that starts now ends within the invocation and while the claim holds.

        A call under a claim that others may take over could send the mail a second time.
        """
        return self.has_time(remaining_seconds) and lease_seconds >= 2 * self.call_seconds


# How long nobody calls after each refusal that no single mail is to blame for. A refused key is
# asked for again soon, because a rotation in progress heals it; a missing right needs a person.
REFUSED_KEY_SECONDS = 5.0
MISSING_RIGHT_SECONDS = 60.0
NO_QUOTA_SECONDS = 300.0
# The first pause of an outage; the gate lengthens it while the provider stays down.
OUTAGE_SECONDS = 2.0
# A dependency of ours (ledger, queue, secret) that fails is asked again after this long.
DEPENDENCY_SECONDS = 10.0


def gate_wait_seconds(reason: str, wait_seconds: float) -> float:
    """How long a mail stays away for which there is no slot.

    As long as the limiter says; but a quota that is used up may be topped up at any moment, and the
    gate knows of that within minutes.
    """
    return min(wait_seconds, NO_QUOTA_SECONDS) if reason == "quota_exhausted" else wait_seconds


def backoff_seconds(attempts: int, *, jitter: float) -> float:
    """Waits 2, 4, 8 … up to 300 seconds, less up to half at random.

    Args:
        attempts: Calls that have failed so far, at least 1.
        jitter: A number in [0, 1).
    """
    ceiling = min(300.0, 2.0 ** min(attempts, 10))
    return ceiling * (1 - jitter / 2)


def wait_that_lasts(wait_seconds: float, *, receive_count: int) -> float:
    """Lengthens the wait of a message that comes back again and again.

    SQS sets a message aside by itself, without a reason, once it has been received
    `maxReceiveCount` (1,000) times. With these waits that takes longer than the 14 days for which
    it keeps a message at all: an outage or a backlog of days sets nothing aside. The wait grows
    with the square of the receives up to half an hour, so short outages end promptly. A message
    that should come back at once still does.

    Args:
        wait_seconds: What the reason for handing it back asks for.
        receive_count: `ApproximateReceiveCount` of the message.
    """
    if wait_seconds <= 0:
        return wait_seconds
    return max(wait_seconds, min(1800.0, receive_count**2 / 50))


# How many messages are to come back for each call that the provider allows in a window. Chance
# spreads them, and a window that too few come back for is lost.
TURNS_FOR_A_CALL = 3
LONGEST_TURN_SECONDS = 1800.0


def later_turn_seconds(waiting: int, *, limit: int, window_seconds: float, jitter: float) -> float:
    """How much longer than for the next slot messages wait when the queue is long.

    In a standing backlog all messages would come back in every window, and all but a few in vain.
    So each batch leaves out some windows, whole ones, because slots become free in the rhythm in
    which they were taken. A backlog of up to three windows waits no longer, so its end is as prompt
    as without.

    Args:
        waiting: Messages on the queue.
        limit: Calls that the provider allows in a window.
        window_seconds: The window.
        jitter: A number in [0, 1).
    """
    windows = max(1.0, waiting / (TURNS_FOR_A_CALL * limit))
    return min(LONGEST_TURN_SECONDS, int(jitter * windows) * window_seconds)
