"""The API keys of Forma Mail, and what the rate limit leaves each of them."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formamail.keys import ApiKey
from sandbox.inbox.page import Page
from sandbox.world import World

# A test may mint thousands; the newest are the ones to look at.
SHOWN_KEYS = 100


@dataclass(frozen=True, slots=True)
class KeyViews:
    """Reads the key ring and the limiter, and takes nothing of any allowance."""

    world: World

    def list_keys(self) -> Page:
        """`/inbox/keys`."""
        keys = self.world.forma_mail.keys.all()
        values = {
            "keys": [self._row(key) for key in keys[: -SHOWN_KEYS - 1 : -1]],
            "total": len(keys),
            "profile": self.world.profile.current,
        }
        return Page("keys.html", "/inbox/keys", values)

    def _row(self, key: ApiKey) -> dict[str, object]:
        now = self.world.clock.now()
        verdict = self.world.forma_mail.allowance(key, now=now)
        return {
            "key": key,
            "status": key.status(now) if key.is_known(now) else "not yet known",
            "limit": verdict.limit,
            "remaining": verdict.remaining,
            "full_in_seconds": max(0, round(verdict.reset_at - now)),
        }
