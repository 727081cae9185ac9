"""The one business, which is what the API calls a workspace."""

from __future__ import annotations

from sandbox.database import Database
from sandbox.formaloo.forms import new_slug

_SETTING = "formaloo_business"


class Business:
    """Its slug, random for each state."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.slug = ""
        self.load()

    def load(self) -> None:
        """Take the state of the database; an empty one gets a new business."""
        stored = self._database.setting(_SETTING)
        self.slug = new_slug() if stored is None else stored
        if stored is None:
            self._database.store_setting(_SETTING, value=self.slug)
