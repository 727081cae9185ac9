"""Numbers and booleans of an event source mapping that come from template parameters."""

from __future__ import annotations

from typing import Any

import pytest

from local.emulator.mapping_types import typed
from local.health import ensure_pollers_run
from tests.integration.local.stacks import UPDATED, Emulator, eventually, function

OUTPUTS = {"Queue": {"Ref": "Queue"}, "Mapping": {"Ref": "Mapping"}}


def _resources(**properties: Any) -> dict[str, Any]:
    mapping = {
        "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
        "FunctionName": {"Ref": "Function"},
    }
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Function": function("def handle(event, context): print(len(event['Records']))"),
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping | properties},
    }


def _parameters(**defaults: str) -> dict[str, Any]:
    return {name: {"Type": "String", "Default": value} for name, value in defaults.items()}


def _concurrency_of(parameter: str) -> dict[str, Any]:
    return {"MaximumConcurrency": {"Ref": parameter}}


def test_mapping_with_parameters_works_and_reads_back_typed(emulator: Emulator) -> None:
    stack = emulator.create_stack(
        _resources(
            BatchSize={"Ref": "Size"}, Enabled={"Ref": "On"}, ScalingConfig=_concurrency_of("Limit")
        ),
        outputs=OUTPUTS,
        Parameters=_parameters(Size="3", On="true", Limit="5"),
    )
    outputs = emulator.outputs(stack)
    emulator.client("sqs").send_message(QueueUrl=outputs["Queue"], MessageBody="any")

    assert eventually(lambda: emulator.messages(outputs["Queue"]) == 0)
    mapping = emulator.client("lambda").get_event_source_mapping(UUID=outputs["Mapping"])
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert mapping["BatchSize"] == 3
    assert mapping["State"] == "Enabled"
    ensure_pollers_run(emulator.log)


def test_update_with_parameters_works(emulator: Emulator) -> None:
    stack = emulator.create_stack(
        _resources(ScalingConfig={"MaximumConcurrency": 2}), outputs=OUTPUTS
    )
    outputs = emulator.outputs(stack)

    emulator.update_stack(
        stack,
        _resources(ScalingConfig=_concurrency_of("Limit"), Enabled={"Ref": "On"}),
        outputs=OUTPUTS,
        Parameters=_parameters(Limit="7", On="false"),
    )

    emulator.outputs(stack, after=UPDATED)
    mapping = emulator.client("lambda").get_event_source_mapping(UUID=outputs["Mapping"])
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 7}
    assert mapping["State"] == "Disabled"
    ensure_pollers_run(emulator.log)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"BatchSize": "many"}, "BatchSize is no whole number: many"),
        ({"BatchSize": "2.5"}, "BatchSize is no whole number: 2.5"),
        ({"BatchSize": True}, "BatchSize is no whole number: True"),
        ({"Enabled": "yes"}, "Enabled is neither true nor false: yes"),
        (
            {"ScalingConfig": {"MaximumConcurrency": ""}},
            "MaximumConcurrency is no whole number: ",
        ),
    ],
)
def test_value_of_another_type_is_refused(
    emulator: Emulator, properties: dict[str, Any], reason: str
) -> None:
    stack = emulator.create_stack(_resources(**properties))

    assert reason in emulator.failure(stack)


def test_untouched_properties_stay_as_they_are() -> None:
    properties: dict[str, Any] = {"FunctionName": "f", "ScalingConfig": None, "Tags": []}

    assert typed(properties) == properties
