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


def _queues(case: str) -> dict[str, Any]:
    redrive = {
        "deadLetterTargetArn": {"Fn::GetAtt": [f"{case}Dead", "Arn"]},
        "maxReceiveCount": 1,
    }
    mapping = {
        "EventSourceArn": {"Fn::GetAtt": [case, "Arn"]},
        "FunctionName": {"Ref": "Function"},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return {
        f"{case}Dead": {"Type": "AWS::SQS::Queue"},
        case: {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 1, "RedrivePolicy": redrive},
        },
        f"{case}Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }


@pytest.fixture(scope="module")
def queues(emulator: Emulator) -> dict[str, str]:
    """The URLs of a queue and its dead-letter queue for each case, one message sent to each."""
    resources = {"Function": function(_ANSWERS_AS_TOLD)}
    for case in CASES:
        resources |= _queues(case)
    names = [name for case in CASES for name in (case, f"{case}Dead")]
    stack = emulator.create_stack(resources, outputs={name: {"Ref": name} for name in names})
    urls = emulator.outputs(stack)
    for case, response in CASES.items():
        emulator.client("sqs").send_message(QueueUrl=urls[case], MessageBody=json.dumps(response))
    return urls


@pytest.mark.parametrize("case", [*MALFORMED, *FAILURE])
def test_message_comes_back_and_ends_as_a_dead_letter(
    emulator: Emulator, queues: dict[str, str], case: str
) -> None:
    assert eventually(lambda: emulator.messages(queues[f"{case}Dead"]) == 1)
    assert emulator.messages(queues[case]) == 0


@pytest.mark.parametrize("case", SUCCESS)
def test_message_is_deleted(emulator: Emulator, queues: dict[str, str], case: str) -> None:
    assert eventually(lambda: emulator.messages(queues[case]) == 0)
    # Every failing message was sent before and is a dead letter by now: this one would be, too.
    assert eventually(lambda: emulator.messages(queues["OwnIdentifierDead"]) == 1)
    assert emulator.messages(queues[f"{case}Dead"]) == 0


def test_only_the_named_message_of_a_batch_comes_back(emulator: Emulator) -> None:
    code = """
        def handle(event, context):
            failed = [each for each in event["Records"] if each["body"] == "bad"]
            return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}
    """
    names = ("Batch", "BatchDead")
    stack = emulator.create_stack(
        {"Function": function(code), **_queues("Batch")},
        outputs={name: {"Ref": name} for name in names},
    )
    urls = emulator.outputs(stack)
    emulator.client("sqs").send_message_batch(
        QueueUrl=urls["Batch"],
        Entries=[
            {"Id": str(number), "MessageBody": body}
            for number, body in enumerate(["good", "bad", "good"])
        ],
    )

    assert eventually(lambda: emulator.messages(urls["Batch"]) == 0)
    assert eventually(lambda: emulator.messages(urls["BatchDead"]) == 1)


def test_response_does_not_matter_without_the_response_type(emulator: Emulator) -> None:
    resources = {"Function": function("def handle(event, context): return 'done'"), **_queues("Q")}
    del resources["QMapping"]["Properties"]["FunctionResponseTypes"]
    stack = emulator.create_stack(resources, outputs={"Q": {"Ref": "Q"}, "D": {"Ref": "QDead"}})
    urls = emulator.outputs(stack)
    emulator.client("sqs").send_message(QueueUrl=urls["Q"], MessageBody="any")

    assert eventually(lambda: emulator.messages(urls["Q"]) == 0)
    assert emulator.messages(urls["D"]) == 0


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
