"""A function runs on the interpreter that its Runtime names, with the packages that Lambda has.

The emulator runs every function on its own interpreter and lets it import whatever is installed
beside the emulator, so a dependency missing from the layer goes unnoticed until AWS. Here each
runtime is a folder (`python3.11/bin/python`) with boto3 alone, prepared by `local.runtime`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from local.emulator.internals import ModuleFunction, ResourceHandler

RUNTIMES_DIRECTORY_ENV = "FORMARELAY_RUNTIMES_DIRECTORY"

_BINARY = ModuleFunction(
    module="ministack.core.lambda_runtime",
    name="_detect_runtime_binary",
    parameters=("runtime",),
)
_CREATE = ResourceHandler(
    resource_type="AWS::Lambda::Function",
    action="create",
    parameters=("logical_id", "props", "stack_name"),
)
_UPDATE = ResourceHandler(
    resource_type="AWS::Lambda::Function",
    action="update",
    parameters=("physical_id", "old_props", "new_props", "stack_name", "logical_id"),
)
INTERNALS = (_BINARY, _CREATE, _UPDATE)


class RuntimeNotProvidedError(ValueError):
    """The function asks for a runtime that is not on this machine."""


def interpreter(runtime: str, *, directory: Path) -> Path:
    """The interpreter of a runtime. Raises RuntimeNotProvidedError naming those that exist."""
    provided = {python.parent.parent.name: python for python in directory.glob("*/bin/python")}
    if runtime not in provided:
        names = ", ".join(sorted(provided)) or "none"
        raise RuntimeNotProvidedError(
            f"runtime {runtime} is not provided on this machine (provided: {names})"
        )
    return provided[runtime]


def apply() -> None:
    directory = Path(os.environ[RUNTIMES_DIRECTORY_ENV])
    binary = _BINARY.read()
    create = _CREATE.read()
    update = _UPDATE.read()

    def binary_of_runtime(runtime: str) -> tuple[str, str]:
        _, worker_script = binary(runtime)
        return str(interpreter(runtime, directory=directory)), worker_script

    # Refused at deployment already: a stack whose functions cannot run is not worth having.
    def create_runnable(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        _refuse_foreign(props, directory=directory)
        return create(logical_id, props, stack_name)

    def update_runnable(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        _refuse_foreign(new_props, directory=directory)
        return update(physical_id, old_props, new_props, stack_name, logical_id)

    _BINARY.write(binary_of_runtime)
    _CREATE.write(create_runnable)
    _UPDATE.write(update_runnable)


def _refuse_foreign(props: dict[str, Any], *, directory: Path) -> None:
    if "Runtime" in props:
        interpreter(props["Runtime"], directory=directory)
