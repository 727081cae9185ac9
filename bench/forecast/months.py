"""The months that the table shows."""

from __future__ import annotations

from dataclasses import replace

from bench.forecast.curves import (
    Curve,
    daily_wave,
    monthly_invoices,
    nightly_job,
    office_hours,
    steady,
    weekly_newsletter,
)

QUIET = (
    Curve(name="steady, 70 %", shape=steady, share=0.7),
    Curve(name="a wave a day, 70 %", shape=daily_wave, share=0.7),
    Curve(name="a wave a day, 90 %", shape=daily_wave, share=0.9),
    Curve(name="office hours, 75 %", shape=office_hours, share=0.75),
    Curve(name="a job at night, 70 %", shape=nightly_job, share=0.7),
    Curve(name="a newsletter a week, 70 %", shape=weekly_newsletter, share=0.7),
    Curve(name="invoices on the 1st, 70 %", shape=monthly_invoices, share=0.7),
    Curve(name="very uneven, 70 %", shape=daily_wave, share=0.7, noise=0.7),
    Curve(name="publisher silent 9 h of 48, 70 %", shape=daily_wave, share=0.7, silent_hours=9),
    Curve(name="installed on the 10th, 70 %", shape=office_hours, share=0.7, fresh=True),
)

_WAVE = Curve(name="", shape=daily_wave, share=0.5)


def _campaign(hours: int) -> Curve:
    """A campaign that would use up in so many hours what is left on the 12th."""
    left = 1 - _WAVE.share * 11.4 / 31
    extra = left / hours - _WAVE.share / 744
    return replace(_WAVE, name=f"campaign of {hours} h", extra=extra, extra_hours=1000)


ENDING = (
    _campaign(12),
    _campaign(30),
    _campaign(48),
    _campaign(96),
    _campaign(240),
    replace(_campaign(48), name="campaign of 48 h, office hours", shape=office_hours),
    replace(_campaign(48), name="campaign by day, nothing by night", office_only=True),
    replace(_campaign(48), name="campaign of 48 h, publisher silent 9 h of 48", silent_hours=9),
    replace(_campaign(48), name="campaign of 48 h, installed on the 10th", fresh=True),
    Curve(name="too much from the start, 125 %", shape=daily_wave, share=1.25),
    Curve(name="too much, office hours, 125 %", shape=office_hours, share=1.25),
    Curve(name="growing 6 % a day", shape=daily_wave, share=0.6, growth=0.06),
)

SAVED = (
    replace(
        _campaign(96),
        name="campaign of 96 h, topped up after 40 h",
        extra_hours=48,
        topped_up_hours=40,
    ),
    replace(_campaign(96), name="campaign of 96 h, stopped after 30 h", extra_hours=30),
    replace(_campaign(30), name="a newsletter of 3 h, a tenth of the quota", extra_hours=3.9),
)
