"""What was used of the quotas of both providers."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formamail.usage import Quota
from sandbox.inbox.page import Page
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class UsageViews:
    """Reads the true figures, whatever the knobs make the providers answer."""

    world: World

    def show_usage(self) -> Page:
        """`/inbox/usage`."""
        profile = self.world.profile.current
        meter = self.world.forma_mail.usage
        meter.turn_to(self.world.clock.now())
        formaloo = self.world.formaloo.usage.figures()
        spoilt = [
            name
            for name in ("usage_override", "usage_nonsense", "formaloo_usage_override")
            if getattr(profile, name) is not None
        ]
        values = {
            "providers": [
                (
                    "Forma Mail",
                    {
                        "mails": meter.email(profile),
                        "generated attachments": meter.attachment(profile),
                    },
                ),
                ("Formaloo", {name: Quota(*figures) for name, figures in formaloo.items()}),
            ],
            "period": meter.document(profile)["billingPeriod"],
            "spoilt": spoilt,
        }
        return Page("usage.html", "/inbox/usage", values)
