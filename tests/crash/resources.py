"""What `template.yaml` gives to the sender: its environment, its table, its queue's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "GlobalSecondaryIndexes",
)


@dataclass(frozen=True, slots=True)
class Resources:
    """Args:
    environment: Of the function, with the defaults of the parameters; what is made from other
        things is "".
    table: Arguments for creating the State table.
    most_receives: `maxReceiveCount` of the queue.
    batch_size: Of the mapping from queue to function.
    """

    environment: dict[str, str]
    table: dict[str, Any]
    most_receives: int
    batch_size: int


def read_resources() -> Resources:
    # Here, because it loads what no worker needs and every fork of one would have to carry.
    from tests.support.template import load_template

    template = load_template()
    defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
    resources = template["Resources"]
    function = resources["SendEmailFunction"]["Properties"]
    table = resources["StateTable"]["Properties"]
    return Resources(
        environment={
            name: _default(value, defaults)
            for name, value in function["Environment"]["Variables"].items()
        },
        table={name: table[name] for name in _TABLE_PROPERTIES if name in table},
        most_receives=resources["EmailQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"],
        batch_size=function["Events"]["Mail"]["Properties"]["BatchSize"],
    )


def _default(value: Any, defaults: dict[str, Any]) -> str:
    if isinstance(value, dict):
        value = defaults.get(value.get("Ref", ""), "")
    return str(value)
