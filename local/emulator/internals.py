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
PutResource = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


class EmulatorChangedError(RuntimeError):
    """The installed emulator is not the one that the corrections were written for."""


class Internal(Protocol):
    """One place in the emulator that a correction reads, replaces or fills."""

    @property
    def label(self) -> str: ...

    def fault(self) -> str | None:
        """Why the place is not as expected, None when it is."""
        ...


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

    def fault(self) -> str | None:
        return _fault(self.read, label=self.label, parameters=self.parameters)


@dataclass(frozen=True)
class TableFunction:
    """A function that the emulator looks up by a key in a table of its module."""

    module: str
    table: str
    key: str
    parameters: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.module}.{self.table}[{self.key}]"

    def read(self) -> Function:
        try:
            found = getattr(importlib.import_module(self.module), self.table)[self.key]
        except (ImportError, AttributeError, KeyError) as error:
            raise EmulatorChangedError(f"{self.label} is gone") from error
        return _function(found, label=self.label)

    def write(self, replacement: Function) -> None:
        getattr(importlib.import_module(self.module), self.table)[self.key] = replacement

    def fault(self) -> str | None:
        return _fault(self.read, label=self.label, parameters=self.parameters)


@dataclass(frozen=True)
class ModuleStore:
    """A dictionary of the emulator's records, each account and region with its own."""

    module: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.module}.{self.name}"

    def read(self) -> Any:
        """The records of the account and region that the caller works for."""
        try:
            return getattr(importlib.import_module(self.module), self.name)
        except (ImportError, AttributeError) as error:
            raise EmulatorChangedError(f"{self.label} is gone") from error

    def scopes(self) -> list[tuple[str, str]]:
        """The accounts and regions that have records."""
        return sorted({(account, region) for account, region, _ in list(self.read()._data)})

    def fault(self) -> str | None:
        try:
            found = self.read()
        except EmulatorChangedError as error:
            return str(error)
        known = type(found).__name__ == "AccountRegionScopedDict" and hasattr(found, "_data")
        return None if known else f"{self.label} is no store of accounts and regions any more"


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
            actions: dict[str, Any] = _resource_types()[self.resource_type]
        except KeyError as error:
            raise EmulatorChangedError(f"{self.label} is gone") from error
        return actions

    def read(self) -> Function:
        actions = self._actions()
        if self.action not in actions:
            raise EmulatorChangedError(f"{self.label} is gone")
        return _function(actions[self.action], label=self.label)

    def write(self, replacement: Function) -> None:
        self._actions()[self.action] = replacement

    def fault(self) -> str | None:
        return _fault(self.read, label=self.label, parameters=self.parameters)


@dataclass(frozen=True)
class NewResourceType:
    """A resource type that the emulator's CloudFormation lacks."""

    resource_type: str

    @property
    def label(self) -> str:
        return f"{PROVISIONERS}._RESOURCE_HANDLERS[{self.resource_type}]"

    def add(self, *, put: PutResource, remove: Callable[[str], None]) -> None:
        """`put` creates or updates from the properties, and returns the physical id and the
        attributes; another id than before is another resource. `remove` gets the physical id."""
        self.register(
            create=lambda _logical_id, props, _stack_name: put(props),
            update=lambda _physical_id, _old_props, new_props, _stack_name: put(new_props),
            delete=lambda physical_id, _props: remove(physical_id),
        )

    def register(self, *, create: Function, update: Function, delete: Function) -> None:
        """As `add`, for a resource whose name CloudFormation may have to make."""
        actions = {"create": create, "update": update, "delete": delete}
        _resource_types()[self.resource_type] = actions

    def fault(self) -> str | None:
        try:
            exists = self.resource_type in _resource_types()
        except EmulatorChangedError as error:
            return str(error)
        return f"{self.label} is there already" if exists else None


def _resource_types() -> dict[str, Any]:
    try:
        types: dict[str, Any] = importlib.import_module(PROVISIONERS)._RESOURCE_HANDLERS
    except (ImportError, AttributeError) as error:
        raise EmulatorChangedError(f"{PROVISIONERS}._RESOURCE_HANDLERS is gone") from error
    return types


def _function(found: object, *, label: str) -> Function:
    if not callable(found):
        raise EmulatorChangedError(f"{label} is no function any more")
    return found


def verify(internals: Iterable[Internal]) -> None:
    """Raises EmulatorChangedError naming the version and every internal that is not as expected."""
    faults = [fault for internal in dict.fromkeys(internals) if (fault := internal.fault())]
    installed = version(DISTRIBUTION)
    if installed != SUPPORTED_VERSION:
        faults.insert(0, f"version {installed} is installed, {SUPPORTED_VERSION} is expected")
    if faults:
        raise EmulatorChangedError(f"{DISTRIBUTION} cannot be corrected: " + "; ".join(faults))


def _fault(read: Callable[[], Function], *, label: str, parameters: tuple[str, ...]) -> str | None:
    try:
        found = tuple(inspect.signature(read()).parameters)
    except EmulatorChangedError as error:
        return str(error)
    if found != parameters:
        return f"{label} takes ({', '.join(found)}) instead of ({', '.join(parameters)})"
    return None
