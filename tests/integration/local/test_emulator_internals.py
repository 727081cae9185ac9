"""The emulator still has what the corrections replace; each missing name is told by itself."""

from __future__ import annotations

import importlib
from importlib.metadata import version

import pytest

from local.emulator import internals
from local.emulator.corrections import CORRECTIONS, apply_all
from local.emulator.internals import (
    PROVISIONERS,
    EmulatorChangedError,
    Internal,
    ModuleFunction,
    ModuleStore,
    NewResourceType,
    ResourceHandler,
    TableFunction,
    verify,
)

INTERNALS = list(
    dict.fromkeys(internal for correction in CORRECTIONS for internal in correction.INTERNALS)
)
REPLACED = [internal for internal in INTERNALS if not isinstance(internal, NewResourceType)]
NEW_TYPES = [internal for internal in INTERNALS if isinstance(internal, NewResourceType)]


def test_installed_emulator_is_the_pinned_one() -> None:
    assert version("ministack") == "1.5.33"


@pytest.mark.parametrize("internal", INTERNALS, ids=lambda internal: internal.label)
def test_replaced_internal_is_there(internal: Internal) -> None:
    verify([internal])


@pytest.mark.parametrize("internal", REPLACED, ids=lambda internal: internal.label)
def test_internal_that_disappeared_is_named(
    internal: Internal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(internal, ModuleFunction | ModuleStore):
        monkeypatch.delattr(f"{internal.module}.{internal.name}")
    if isinstance(internal, TableFunction):
        table = getattr(importlib.import_module(internal.module), internal.table)
        monkeypatch.delitem(table, internal.key)
    if isinstance(internal, ResourceHandler):
        handlers = importlib.import_module(PROVISIONERS)._RESOURCE_HANDLERS
        monkeypatch.delitem(handlers[internal.resource_type], internal.action)

    with pytest.raises(EmulatorChangedError) as caught:
        apply_all()

    assert type(caught.value) is EmulatorChangedError
    assert str(caught.value) == f"ministack cannot be corrected: {internal.label} is gone"


@pytest.mark.parametrize("internal", NEW_TYPES, ids=lambda internal: internal.label)
def test_resource_type_that_the_emulator_learned_is_named(
    internal: NewResourceType, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = importlib.import_module(PROVISIONERS)._RESOURCE_HANDLERS
    monkeypatch.setitem(handlers, internal.resource_type, {})

    with pytest.raises(EmulatorChangedError) as caught:
        apply_all()

    assert str(caught.value) == f"ministack cannot be corrected: {internal.label} is there already"


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = importlib.import_module(PROVISIONERS)._RESOURCE_HANDLERS
    monkeypatch.delitem(handlers, "AWS::SecretsManager::Secret")
    monkeypatch.delattr("ministack.services.dynamodb._update_ttl")

    with pytest.raises(EmulatorChangedError) as caught:
        apply_all()

    for action in ("create", "update", "delete"):
        label = f"{PROVISIONERS}._RESOURCE_HANDLERS[AWS::SecretsManager::Secret][{action}]"
        assert f"{label} is gone" in str(caught.value)
    assert "ministack.services.dynamodb._update_ttl is gone" in str(caught.value)


def test_changed_parameters_are_named() -> None:
    internal = ModuleFunction(
        module="ministack.services.dynamodb", name="_update_ttl", parameters=("table", "data")
    )

    with pytest.raises(EmulatorChangedError) as caught:
        verify([internal])

    assert str(caught.value) == (
        "ministack cannot be corrected: ministack.services.dynamodb._update_ttl "
        "takes (data) instead of (table, data)"
    )


def test_name_that_is_no_function_any_more_is_named() -> None:
    internal = ModuleFunction(
        module="ministack.services.dynamodb", name="_ttl_settings", parameters=()
    )

    with pytest.raises(EmulatorChangedError) as caught:
        verify([internal])

    assert "ministack.services.dynamodb._ttl_settings is no function any more" in str(caught.value)


def test_store_of_another_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    internal = ModuleStore(module="ministack.services.cloudwatch", name="_alarms")
    monkeypatch.setattr("ministack.services.cloudwatch._alarms", {})

    with pytest.raises(EmulatorChangedError) as caught:
        verify([internal])

    assert (
        "ministack.services.cloudwatch._alarms is no store of accounts and regions any more"
    ) in str(caught.value)


def test_other_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "version", lambda _: "1.6.0")

    with pytest.raises(EmulatorChangedError) as caught:
        apply_all()

    assert str(caught.value) == (
        "ministack cannot be corrected: version 1.6.0 is installed, 1.5.33 is expected"
    )
