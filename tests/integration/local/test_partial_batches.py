"""What a partial batch response does to the messages of its batch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.emulator.partial_batches import fault_of_response
from tests.integration.local.stacks import Emulator, eventually, function

# Each message tells the function what to return for it; OWN stands for the message's own id.
_ANSWERS_AS_TOLD = """
    import json

    def handle(event, context):
        record = event["Records"][0]
        return json.loads(record["body"].replace("OWN", record["messageId"]))
"""


def _failures(*failures: object) -> dict[str, object]:
    return {"batchItemFailures": list(failures)}


MALFORMED: dict[str, Any] = {
    "IdentifierUnknown": _failures({"itemIdentifier": "not-in-the-batch"}),
    "IdentifierEmpty": _failures({"itemIdentifier": ""}),
    "IdentifierNull": _failures({"itemIdentifier": None}),
    "IdentifierNumber": _failures({"itemIdentifier": 7}),
    "IdentifierMisnamed": _failures({"itemidentifier": "OWN"}),
    "FailureIsText": _failures("OWN"),
    "SecondOfTwoUnknown": _failures({"itemIdentifier": "OWN"}, {"itemIdentifier": "other"}),
    "ListIsText": {"batchItemFailures": "OWN"},
    "ListMisnamed": {"batchitemfailures": [{"itemIdentifier": "OWN"}]},
    "JsonInText": json.dumps(_failures()),
    "List": [{"itemIdentifier": "OWN"}],
}
SUCCESS: dict[str, Any] = {
    "Nothing": None,
    "EmptyObject": {},
    "EmptyList": _failures(),
    "NullList": {"batchItemFailures": None},
}
FAILURE: dict[str, Any] = {"OwnIdentifier": _failures({"itemIdentifier": "OWN"})}
CASES = MALFORMED | SUCCESS | FAILURE
OUTPUTS = {"Queue": {"Ref": "Queue"}, "Dead": {"Ref": "Dead"}}
# A failed message is a dead letter after this time; no invocation here comes near it.
_HIDDEN_SECONDS = 4


def _resources(code: str, **mapping: Any) -> dict[str, Any]:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 1}
    source = {
        "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
        "FunctionName": {"Ref": "Function"},
        "ScalingConfig": {"MaximumConcurrency": 6},
    }
    return {
        "Function": function(code),
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": _HIDDEN_SECONDS, "RedrivePolicy": redrive},
        },
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": source | mapping},
    }


def _dead_letters(emulator: Emulator, resources: dict[str, Any], *, bodies: list[str]) -> list[str]:
    """Sends the bodies; those that are in the dead-letter queue once the queue is empty."""
    urls = emulator.outputs(emulator.create_stack(resources, outputs=OUTPUTS))
    for start in range(0, len(bodies), 10):
        batch = enumerate(bodies[start : start + 10])
        entries = [{"Id": str(number), "MessageBody": body} for number, body in batch]
        emulator.client("sqs").send_message_batch(QueueUrl=urls["Queue"], Entries=entries)
    assert eventually(lambda: emulator.messages(urls["Queue"]) == 0)
    return emulator.receive_all(urls["Dead"])


@pytest.fixture(scope="module")
def dead_letters(emulator: Emulator) -> list[str]:
    """What is left of one message a case, each a batch of its own."""
    resources = _resources(
        _ANSWERS_AS_TOLD, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    bodies = [json.dumps(response) for response in CASES.values()]
    return _dead_letters(emulator, resources, bodies=bodies)


@pytest.mark.parametrize("case", [*MALFORMED, *FAILURE])
def test_message_comes_back(dead_letters: list[str], case: str) -> None:
    assert dead_letters.count(json.dumps(CASES[case])) == 1


@pytest.mark.parametrize("case", SUCCESS)
def test_message_is_deleted(dead_letters: list[str], case: str) -> None:
    assert json.dumps(CASES[case]) not in dead_letters


def test_only_the_named_message_of_a_batch_comes_back(emulator: Emulator) -> None:
    code = """
        def handle(event, context):
            failed = [each for each in event["Records"] if each["body"] == "bad"]
            return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}
    """
    resources = _resources(code, FunctionResponseTypes=["ReportBatchItemFailures"])

    assert _dead_letters(emulator, resources, bodies=["good", "bad", "good"]) == ["bad"]


def test_response_does_not_matter_without_the_response_type(emulator: Emulator) -> None:
    resources = _resources("def handle(event, context): return 'done'")

    assert _dead_letters(emulator, resources, bodies=["any"]) == []


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        ("text", "the response is a str, not an object"),
        ({"statusCode": 200}, "the response has keys, but no batchItemFailures"),
        ({"batchItemFailures": {}}, "batchItemFailures is a dict, not a list"),
        (_failures({}), "an entry of batchItemFailures has no itemIdentifier"),
        (_failures({"itemIdentifier": ""}), "an itemIdentifier is null, empty or no string"),
        (_failures({"itemIdentifier": "b"}), "an itemIdentifier is not in the batch"),
        (_failures({"itemIdentifier": "a"}), None),
        ({}, None),
    ],
)
def test_fault_is_named(response: object, fault: str | None) -> None:
    assert fault_of_response(response, message_ids={"a"}) == fault
