"""Everything that the sandbox knows, built once and emptied by a reset."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.faults import FaultScript
from sandbox.formaloo.service import Formaloo
from sandbox.formamail.service import FormaMail
from sandbox.journal import Journal
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import DeliveryQueue
from sandbox.webhooks.store import WebhookStore

_CLOCK_SETTING = "clock_offset_seconds"


class World:
    """The state.

    The account, keys, mails, templates, the pair, forms, rows, webhooks, tokens, the profile and
    the clock are in the database and survive a restart; faults, the journal, deliveries and the
    counters of the rate limits do not.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.clock.offset_seconds = float(database.setting(_CLOCK_SETTING) or 0.0)
        self.profile = ProfileStore(database)
        self.journal = Journal()
        self.webhooks = WebhookStore(database)
        self.deliveries = DeliveryQueue()
        self.forma_mail = FormaMail(
            database,
            clock=clock,
            profile=self.profile,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
        )
        self.formaloo = Formaloo(
            database,
            clock=clock,
            profile=self.profile,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
        )
        self.faults = FaultScript((self.forma_mail.table, self.formaloo.table))

    def move_clock(self, *, offset_seconds: float) -> None:
        """Shift the clock. Counters know no way back: going back in time refills all allowances.

        Raises:
            ValueError: As `Clock.move_to_offset`.
        """
        backwards = offset_seconds < self.clock.offset_seconds
        self.clock.move_to_offset(offset_seconds)
        if backwards:
            self.forma_mail.limiter.reset()
        self.database.store_setting(_CLOCK_SETTING, value=repr(offset_seconds))

    def change_profile(self, values: dict[str, object]) -> None:
        """Turn knobs; another kind of rate limit starts with full allowances.

        Raises:
            KnobError: As `ProfileStore.change`.
        """
        before = self.profile.current.rate_limit
        if self.profile.change(values).rate_limit != before:
            self.forma_mail.limiter.reset()

    def reset(self) -> None:
        """As freshly started on an empty database, with a new Formaloo pair."""
        self.database.empty()
        self.clock.offset_seconds = 0.0
        self.profile.reset()
        self.journal.clear()
        self.webhooks.load()
        self.deliveries.clear()
        self.faults.clear()
        self.forma_mail.reload()
        self.formaloo.reload()

    def flush(self) -> None:
        """Make the state so far last."""
        self.forma_mail.keys.flush()
        self.database.commit()
