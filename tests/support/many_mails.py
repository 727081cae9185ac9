"""The state of a sandbox that has accepted ten thousand mails, made without sending them."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.formamail.keys import PERMISSIONS
from sandbox.world import World

COUNT = 10_000


def store_many_mails(path: Path) -> str:
    """Write the state into a new file; returns the value of the key that the mails came with."""
    database = Database(str(path))
    clock = Clock()
    world = World(database, clock=clock)
    keys = world.forma_mail.keys
    key, value = keys.mint(
        "shop", permissions=PERMISSIONS, now=clock.now(), expires_at=None, rate_limit=None
    )
    template = world.forma_mail.templates.find("order-confirmation")
    assert template is not None
    for number in range(COUNT):
        address = f"customer-{number}@example.com"
        body = {
            "templateId": "order-confirmation",
            "to": [{"email": address, "name": f"Customer {number}"}],
            "cc": [{"email": "archive@example.com"}],
            "variables": {"firstName": f"Customer {number}", "orderNumber": f"A-{number}"},
            "tags": ["order", "relay"],
            "metadata": {"relayId": f"relay-{number}"},
        }
        world.forma_mail.mails.accept(
            json.dumps(body).encode(),
            to=(address,),
            template_id=template.id,
            key_id=key.id,
            now=clock.now(),
            scheduled_at=None,
            email_units=2,
            attachment_units=0,
            blocked=[],
            ending=None,
        )
    world.change_profile({"rate_limit": "off"})
    world.flush()
    database.close()
    return value
