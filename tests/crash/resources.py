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
    environment: Of the sender, with the defaults of the parameters; what is made from other
        things is "".
    rotation: Of the function that rotates, likewise.
    table: Arguments for creating the State table.
    most_receives: `maxReceiveCount` of the queue.
    batch_size: Of the mapping from queue to function.
    """

    environment: dict[str, str]
    rotation: dict[str, str]
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
    rotation = resources["RotateKeysFunction"]["Properties"]
    table = resources["StateTable"]["Properties"]
    return Resources(
        environment=_environment(function, defaults),
        rotation=_environment(rotation, defaults),
        table={name: table[name] for name in _TABLE_PROPERTIES if name in table},
        most_receives=resources["EmailQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"],
        batch_size=function["Events"]["Mail"]["Properties"]["BatchSize"],
    )


def _environment(function: dict[str, Any], defaults: dict[str, Any]) -> dict[str, str]:
    variables = function["Environment"]["Variables"]
    return {name: _default(value, defaults) for name, value in variables.items()}


def _default(value: Any, defaults: dict[str, Any]) -> str:
    if isinstance(value, dict):
        value = defaults.get(value.get("Ref", ""), "")
    return str(value)
