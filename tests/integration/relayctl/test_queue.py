"""What is asked of SQS, to the letter: moto leaves out some of what SQS does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from relayctl.dead_letters.email_queue import EmailQueue
from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.queue import DeadLetterQueue
from relayctl.errors import RelayctlError
from tests.integration.relayctl.station import client
from tests.support.aws import fake_aws

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters"
ASKED = {
    "QueueUrl": URL,
    "MaxNumberOfMessages": 10,
    # Long enough for a long run, and a long poll, which asks all servers.
    "VisibilityTimeout": 900,
    "WaitTimeSeconds": 2,
    "MessageSystemAttributeNames": ["SentTimestamp", "DeadLetterQueueSourceArn"],
    "MessageAttributeNames": ["All"],
}


@pytest.fixture
def sqs():
    with fake_aws():
        with Stubber(client("sqs")) as stub:
            yield stub
        stub.assert_no_pending_responses()


def message(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "MessageId": f"m-{number}",
        "ReceiptHandle": f"r-{number}",
        "Body": "{}",
        "Attributes": {"SentTimestamp": "1800000000250"},
        **fields,
    }


def test_the_queue_is_read_to_its_end_and_everything_given_back(sqs):
    moved = {
        "SentTimestamp": "1700000000000",
        "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:email",
    }
    facts = {
        "reason": {"DataType": "String", "StringValue": "not_json"},
        "attempts": {"DataType": "String", "StringValue": "2"},
        "detail": {"DataType": "Binary", "BinaryValue": b"of somebody else"},
        "kept": {"DataType": "String", "StringValue": "x", "StringListValues": []},
    }
    batch = [message(1, MessageAttributes=facts), message(2, Attributes=moved)]
    sqs.add_response("receive_message", {"Messages": batch}, ASKED)
    sqs.add_response("receive_message", {}, ASKED)
    returned = [
        {"Id": "0", "ReceiptHandle": "r-1", "VisibilityTimeout": 0},
        {"Id": "1", "ReceiptHandle": "r-2", "VisibilityTimeout": 0},
    ]
    sqs.add_response(
        "change_message_visibility_batch",
        {"Successful": [], "Failed": []},
        {"QueueUrl": URL, "Entries": returned},
    )
    with DeadLetterQueue(client("sqs"), queue_url=URL) as queue:
        assert list(queue.batches()) == [
            [
                DeadLetter(
                    message_id="m-1",
                    body="{}",
                    sent_at=1800000000.25,
                    reason="not_json",
                    attempts=2,
                    other_attributes={"kept": {"DataType": "String", "StringValue": "x"}},
                    receipt_handle="r-1",
                ),
                DeadLetter(
                    message_id="m-2",
                    body="{}",
                    sent_at=1700000000.0,
                    moved_by_sqs=True,
                    receipt_handle="r-2",
                ),
            ]
        ]
    assert queue.not_given_back == 0


def test_a_letter_that_comes_twice_counts_once_and_is_returned_by_its_last_handle(sqs):
    sqs.add_response("receive_message", {"Messages": [message(1)]}, ASKED)
    again = [message(1, ReceiptHandle="r-1-again"), message(2)]
    sqs.add_response("receive_message", {"Messages": again}, ASKED)
    sqs.add_response("receive_message", {}, ASKED)
    entries = [
        {"Id": "0", "ReceiptHandle": "r-1-again", "VisibilityTimeout": 0},
        {"Id": "1", "ReceiptHandle": "r-2", "VisibilityTimeout": 0},
    ]
    failed = [{"Id": "0", "SenderFault": True, "Code": "MessageNotInflight"}]
    sqs.add_response(
        "change_message_visibility_batch",
        {"Successful": [], "Failed": failed},
        {"QueueUrl": URL, "Entries": entries},
    )
    with DeadLetterQueue(client("sqs"), queue_url=URL) as queue:
        batches = [[letter.message_id for letter in batch] for batch in queue.batches()]
    assert batches == [["m-1"], ["m-2"]]
    assert queue.not_given_back == 1


def test_what_is_removed_is_not_given_back(sqs):
    sqs.add_response("receive_message", {"Messages": [message(1), message(2)]}, ASKED)
    entries = [{"Id": "0", "ReceiptHandle": "r-1"}, {"Id": "1", "ReceiptHandle": "r-2"}]
    failed = [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]
    sqs.add_response(
        "delete_message_batch",
        {"Successful": [{"Id": "0"}], "Failed": failed},
        {"QueueUrl": URL, "Entries": entries},
    )
    returned = [{"Id": "0", "ReceiptHandle": "r-2", "VisibilityTimeout": 0}]
    sqs.add_response(
        "change_message_visibility_batch",
        {"Successful": [], "Failed": []},
        {"QueueUrl": URL, "Entries": returned},
    )
    with DeadLetterQueue(client("sqs"), queue_url=URL) as queue:
        letters = next(queue.batches())
        assert queue.delete(letters) == [letters[1]]
        assert queue.delete([]) == []


def test_a_refused_look_says_why_and_still_gives_back(sqs):
    sqs.add_response("receive_message", {"Messages": [message(1)]}, ASKED)
    sqs.add_client_error("receive_message", "OverLimit")
    sqs.add_response("change_message_visibility_batch", {"Successful": [], "Failed": []})
    with (
        pytest.raises(RelayctlError) as caught,
        DeadLetterQueue(client("sqs"), queue_url=URL) as queue,
    ):
        list(queue.batches())
    assert str(caught.value) == (
        "SQS lets no more than 120000 letters be looked at together. Use --limit"
    )


@pytest.mark.parametrize("has_key", [True, False])
def test_only_what_would_be_recognised_is_sent_by_a_client_that_repeats(has_key):
    class Recorder:
        def __init__(self) -> None:
            self.calls: list[dict[str, Any]] = []

        def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
            self.calls.append(arguments)
            return {"Successful": []}

    repeats, careful = Recorder(), Recorder()
    queue = EmailQueue(repeats, client_without_repeats=careful, queue_url=URL)  # type: ignore[arg-type]  # a stand-in
    letter = DeadLetter(message_id="m-1", body="{}", sent_at=0.0, reason="x")
    assert queue.put([letter], has_key=has_key) == []
    expected = {
        "QueueUrl": URL,
        "Entries": [{"Id": "0", "MessageBody": "{}", "MessageAttributes": {}}],
    }
    assert repeats.calls == ([expected] if has_key else [])
    assert careful.calls == ([] if has_key else [expected])
