"""Which adapters the application is built from, and the calls of them that are its effects."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from send_email import application, ports, rows
from settle_unknown import application as sweep_application
from settle_unknown import ports as sweep_ports

_LAYER = "formarelay."
_AWS = "formarelay.aws."
# They change nothing, and are used by other adapters only, inside of whose calls points stand.
_WITHOUT_EFFECT = {"formarelay.aws.secrets", "formarelay.aws.session", "formarelay.aws.lazy"}
# The sender imports the second one when it is first needed.
SENDER = (application, rows)
# Before the names of the sweep's ports, which are its own.
SWEEP = "Sweep."


@dataclass(frozen=True, slots=True)
class Adapter:
    """Args:
    port: The Protocol that the class serves; its own name when it serves none.
    adapter: As the function's `application` builds it.
    methods: Whose calls pass points in any case.
    """

    port: str
    adapter: type
    methods: frozenset[str]


def find_sweep_adapters() -> list[Adapter]:
    """Those of the sweep, whose ports bear its name."""
    found = find_adapters(sweep_application, with_ports=sweep_ports)
    return [Adapter(SWEEP + each.port, each.adapter, each.methods) for each in found]


@cache
def find_adapters(*built_from: ModuleType, with_ports: ModuleType = ports) -> list[Adapter]:
    """Every class of the layer in those modules which serves a port, or speaks to AWS without one.

    Without modules, those of the sender.

    Raises AssertionError when a port is served by none, or by several.
    """
    known = protocols(with_ports)
    found = []
    classes: dict[str, object] = {}
    for module in built_from or SENDER:
        classes |= vars(module)
    for name, value in sorted(classes.items()):
        if not inspect.isclass(value) or not value.__module__.startswith(_LAYER):
            continue
        port = port_of(value, known)
        if port is not None:
            found.append(Adapter(port, value, known[port]))
        elif value.__module__.startswith(_AWS) and value.__module__ not in _WITHOUT_EFFECT:
            found.append(Adapter(name, value, public_methods(value)))
    served = [each.port for each in found]
    for port in sorted({*known} | {*served}):
        if served.count(port) != 1:
            raise AssertionError(f"{served.count(port)} adapters serve {port}, not one")
    return found


def protocols(module: ModuleType = ports) -> dict[str, frozenset[str]]:
    """Every Protocol that a module defines, and its methods."""
    return {
        name: public_methods(found)
        for name, found in vars(module).items()
        if inspect.isclass(found)
        and found.__module__ == module.__name__
        and getattr(found, "_is_protocol", False)
    }


def public_methods(found: type) -> frozenset[str]:
    return frozenset(
        name
        for name, value in vars(found).items()
        if not name.startswith("_") and inspect.isfunction(value)
    )


def port_of(adapter: type, known: Mapping[str, frozenset[str]]) -> str | None:
    """The port that a class serves by its shape."""
    fitting = [
        name
        for name, methods in known.items()
        if all(callable(getattr(adapter, method, None)) for method in methods)
    ]
    if len(fitting) > 1:
        raise AssertionError(f"{adapter.__name__} has the shape of several ports: {fitting}")
    return fitting[0] if fitting else None
