"""Quota and usage of the billing period, which is a month of the sandbox's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.formamail.mails import MailStore

_ANY_MONTH = timedelta(days=31)


class UsageMeter:
    """Units used in the present period, counted from the mails when the period changes."""

    def __init__(self, mails: MailStore) -> None:
        self._mails = mails
        self._start = 0.0
        self._end = 0.0
        self.email_used = 0
        self.attachment_used = 0

    def turn_to(self, now: float) -> None:
        """Make the period of `now` the present one."""
        if self._start <= now < self._end:
            return
        start = _month_start(datetime.fromtimestamp(now, UTC))
        self._start = start.timestamp()
        self._end = _month_start(start + _ANY_MONTH).timestamp()
        self.email_used, self.attachment_used = self._mails.units_between(self._start, self._end)

    def add(self, *, email_units: int, attachment_units: int) -> None:
        """Count an accepted mail into the present period."""
        self.email_used += email_units
        self.attachment_used += attachment_units

    def forget(self) -> None:
        """Count anew at the next turn."""
        self._start = self._end = 0.0

    def document(self, *, email_limit: int, attachment_limit: int) -> dict[str, object]:
        """The bare object of `GET emails/usage/stats` (seed, Testing Your API Key)."""
        start = datetime.fromtimestamp(self._start, UTC)
        return {
            "email": _quota(self.email_used, limit=email_limit),
            "attachment": _quota(self.attachment_used, limit=attachment_limit),
            "billingPeriod": start.date().isoformat(),
        }


def _month_start(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _quota(used: int, *, limit: int) -> dict[str, object]:
    percent = round(used / limit * 100, 2) if limit else 100.0
    return {
        "used": used,
        "limit": limit,
        "remaining": max(0, limit - used),
        "percentUsed": int(percent) if percent.is_integer() else percent,
    }
