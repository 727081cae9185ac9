"""Quota and usage of the billing period, which is a month of the sandbox's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.clock import month_of
from sandbox.formamail.mails import MailStore
from sandbox.profile import Profile


@dataclass(frozen=True, slots=True)
class Quota:
    """What was used of what may be used; the limit may have been lowered below it."""

    used: int
    limit: int

    @property
    def remaining(self) -> int:
        """Never negative, as the provider tells it."""
        return max(0, self.limit - self.used)

    def document(self) -> dict[str, object]:
        """The four figures (seed, Testing Your API Key)."""
        percent = round(self.used / self.limit * 100, 2) if self.limit else 100.0
        return {
            "used": self.used,
            "limit": self.limit,
            "remaining": self.remaining,
            "percentUsed": int(percent) if percent.is_integer() else percent,
        }


class UsageMeter:
    """Units used in the present period, counted from the mails when the period changes."""

    def __init__(self, mails: MailStore) -> None:
        self._mails = mails
        self._start = 0.0
        self._end = 0.0
        self._email_used = 0
        self._attachment_used = 0

    def turn_to(self, now: float) -> None:
        """Make the period of `now` the present one."""
        if self._start <= now < self._end:
            return
        self._start, self._end = month_of(now)
        self._email_used, self._attachment_used = self._mails.units_between(self._start, self._end)

    def add(self, *, email_units: int, attachment_units: int) -> None:
        """Count an accepted mail into the present period."""
        self._email_used += email_units
        self._attachment_used += attachment_units

    def forget(self) -> None:
        """Count anew at the next turn."""
        self._start = self._end = 0.0

    def email(self, profile: Profile) -> Quota:
        """Mails of the present period, on top of what the profile says was used before."""
        return Quota(self._email_used + profile.usage_offset, profile.quota_limit)

    def attachment(self, profile: Profile) -> Quota:
        """Generated attachments, likewise."""
        used = self._attachment_used + profile.attachment_usage_offset
        return Quota(used, profile.attachment_quota_limit)

    def document(self, profile: Profile) -> dict[str, object]:
        """The bare object of `GET emails/usage/stats` (seed, Testing Your API Key)."""
        start = datetime.fromtimestamp(self._start, UTC)
        return {
            "email": self.email(profile).document(),
            "attachment": self.attachment(profile).document(),
            "billingPeriod": start.date().isoformat(),
        }
