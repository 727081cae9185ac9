"""Which mails one question to the provider is about."""

from __future__ import annotations

from formarelay.claims import OnUnknown, Unsettled
from settle_unknown.policy import SweepPolicy, windows_of

POLICY = SweepPolicy(call_seconds=20, pause_seconds=6, on_unknown=OnUnknown.RESEND)


def mail(name: str, first: float, last: float) -> Unsettled:
    return Unsettled(
        entry=name,
        relay_id=name,
        claim_id="c",
        first_call_at=first,
        last_call_at=last,
        attempts=1,
    )


def shown(*mails: Unsettled) -> list[tuple[float, float, str]]:
    return [
        (window.since, window.until, "".join(each.entry for each in window.mails))
        for window in windows_of(mails, POLICY)
    ]


def test_no_mail_is_no_window():
    assert shown() == []


def test_overlapping_windows_are_one():
    assert shown(mail("b", 1500, 1510), mail("a", 1000, 1010)) == [(700, 1810, "ab")]


def test_a_window_inside_of_another_does_not_shorten_it():
    assert shown(mail("a", 1000, 3000), mail("b", 1500, 1510)) == [(700, 3300, "ab")]


def test_windows_apart_stay_apart():
    assert shown(mail("a", 1000, 1010), mail("b", 1610.001, 1620)) == [
        (1310.001, 1920, "b"),
        (700, 1310, "a"),
    ]


def test_a_chain_of_windows_is_cut_at_the_widest():
    mails = [mail(str(number), 600.0 * number, 600.0 * number) for number in range(9)]
    windows = shown(*mails)
    assert [until - since for since, until, _ in windows] == [1800, 3600]
    assert sorted("".join(names for _, _, names in windows)) == list("012345678")


def test_the_narrowest_is_first():
    wide = mail("w", 0, 100_000)
    assert [names for _, _, names in shown(wide, mail("n", 500_000, 500_001))] == ["n", "w"]
