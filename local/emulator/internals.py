"""The emulator's own functions that corrections replace: checked by name before one is touched."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Protocol

DISTRIBUTION = "ministack"
# pyproject.toml pins the same version: what is replaced are its internals, which promise nothing.
SUPPORTED_VERSION = "1.5.33"
PROVISIONERS = "ministack.services.cloudformation.provisioners"

Function = Callable[..., Any]


class EmulatorChangedError(RuntimeError):
    """The installed emulator is not the one that the corrections were written for."""


class Internal(Protocol):
    """One replaceable function of the emulator."""

    @property
    def label(self) -> str: ...

    @property
    def parameters(self) -> tuple[str, ...]: ...

    def read(self) -> Function:
        """The function as it is now. Raises EmulatorChangedError when it is gone."""
        ...

    def write(self, replacement: Function) -> None: ...


@dataclass(frozen=True)
class ModuleFunction:
    """A function that the emulator looks up in its module at every call."""

    module: str
    name: str
    parameters: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.module}.{self.name}"

    def read(self) -> Function:
        try:
            found = getattr(importlib.import_module(self.module), self.name)
        except (ImportError, AttributeError) as error:
            raise EmulatorChangedError(f"{self.label} is gone") from error
        return _function(found, label=self.label)

    def write(self, replacement: Function) -> None:
        setattr(importlib.import_module(self.module), self.name, replacement)


@dataclass(frozen=True)
class ResourceHandler:
    """What CloudFormation runs for one action (`create`, `update`, `delete`) on a resource type."""

    resource_type: str
    action: str
    parameters: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{PROVISIONERS}._RESOURCE_HANDLERS[{self.resource_type}][{self.action}]"

    def _actions(self) -> dict[str, Any]:
        try:
            module = importlib.import_module(PROVISIONERS)
            actions: dict[str, Any] = module._RESOURCE_HANDLERS[self.resource_type]
        except (ImportError, AttributeError, KeyError) as error:
            raise EmulatorChangedError(f"{self.label} is gone") from error
        return actions

    def read(self) -> Function:
        actions = self._actions()
        if self.action not in actions:
            raise EmulatorChangedError(f"{self.label} is gone")
        return _function(actions[self.action], label=self.label)

    def write(self, replacement: Function) -> None:
        self._actions()[self.action] = replacement


def _function(found: object, *, label: str) -> Function:
    if not callable(found):
        raise EmulatorChangedError(f"{label} is no function any more")
    return found


def verify(internals: Iterable[Internal]) -> None:
    """Raises EmulatorChangedError naming the version and every internal that is not as expected."""
    faults = [fault for internal in internals if (fault := _fault(internal))]
    installed = version(DISTRIBUTION)
    if installed != SUPPORTED_VERSION:
        faults.insert(0, f"version {installed} is installed, {SUPPORTED_VERSION} is expected")
    if faults:
        raise EmulatorChangedError(f"{DISTRIBUTION} cannot be corrected: " + "; ".join(faults))


def _fault(internal: Internal) -> str | None:
    try:
        found = internal.read()
    except EmulatorChangedError as error:
        return str(error)
    parameters = tuple(inspect.signature(found).parameters)
    if parameters != internal.parameters:
        expected = ", ".join(internal.parameters)
        return f"{internal.label} takes ({', '.join(parameters)}) instead of ({expected})"
    return None
