"""The times that a round depends on, and which mails one question to the provider can be about."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from formarelay.claims import OnUnknown, Unsettled


class SweepPolicy(Struct, frozen=True, kw_only=True):
    """All in seconds but the choice and the count.

    Args:
        call_seconds: The longest that one request to the provider can take, connecting included.
        pause_seconds: Between two requests, so that most of the window is left to mail.
        on_unknown: What absence from the list leads to.
        quiet_seconds: How long a call must be over. By then its message has come back if it is
            still there, and the mail is in the list if it was accepted: the longest settle delay
            and the skew of both clocks are shorter.
        clock_skew_seconds: How far the provider's clock may differ from ours.
        margin_seconds: Kept free at the end of an invocation to write and to report.
        patience_seconds: How long to wait for a slot.
        widest_seconds: Mails whose windows overlap are asked for together up to this width. With 50
            mails a page and every tenth slot, the list of an hour of mail at full pace takes a
            fifth of that, 12 minutes, which one round has.
        most_mails: How many are held in memory; the rest is found by the next round.
    """

    call_seconds: float
    pause_seconds: float
    on_unknown: OnUnknown
    quiet_seconds: float = 3600.0
    clock_skew_seconds: float = 300.0
    margin_seconds: float = 10.0
    patience_seconds: float = 5.0
    widest_seconds: float = 3600.0
    most_mails: int = 10_000


class Window(Struct, frozen=True, kw_only=True):
    """A time, in unix seconds, and the mails that the provider can only have accepted then."""

    since: float
    until: float
    mails: tuple[Unsettled, ...]


def windows_of(mails: Iterable[Unsettled], policy: SweepPolicy) -> list[Window]:
    """The windows to ask for, narrowest first.

    So that a mail that was tried for days, whose window takes more pages than a round can read,
    keeps no other from being settled.
    """
    skew = policy.clock_skew_seconds
    windows: list[Window] = []
    for mail in sorted(mails, key=lambda each: (each.first_call_at, each.last_call_at)):
        since, until = mail.first_call_at - skew, mail.last_call_at + skew
        if windows and since <= windows[-1].until:
            last = windows[-1]
            until_both = max(last.until, until)
            if until_both - last.since <= policy.widest_seconds:
                both = (*last.mails, mail)
                windows[-1] = Window(since=last.since, until=until_both, mails=both)
                continue
        windows.append(Window(since=since, until=until, mails=(mail,)))
    return sorted(windows, key=lambda window: window.until - window.since)
