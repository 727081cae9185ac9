"""Setting aside and handing back, through real boto3 serialisation."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from formarelay.aws.queue import COUNT_LIFE_SECONDS, DeadLetterQueue, QueueReturns
from formarelay.errors import TransientError
from tests.support.aws import REGION, fake_aws
from tests.support.clock import ManualClock


@pytest.fixture
def sqs():
    with fake_aws():
        yield boto3.client("sqs", region_name=REGION)


@pytest.fixture
def queue_url(sqs):
    attributes = {"VisibilityTimeout": "360", "MaximumMessageSize": "1048576"}
    return sqs.create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]


def receive(sqs, queue_url):
    answer = sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return answer.get("Messages", [])


def returns_of(sqs, queue_url, clock=None):
    return QueueReturns(lambda: sqs, queue_url=queue_url, clock=clock or ManualClock())


def facts_of(message):
    attributes = message.get("MessageAttributes", {})
    return {name: value["StringValue"] for name, value in attributes.items()}


def test_a_dead_letter_keeps_its_body_and_gets_its_facts(sqs, queue_url):
    body = '{"templateId": 7, "to": "ärger 🙂"}'
    DeadLetterQueue(lambda: sqs, queue_url=queue_url).put(
        body, facts={"reason": "wrong_type", "detail": "templateId must be text", "attempts": "0"}
    )
    (message,) = receive(sqs, queue_url)
    assert message["Body"] == body
    assert facts_of(message) == {
        "reason": "wrong_type",
        "detail": "templateId must be text",
        "attempts": "0",
    }


def test_an_empty_fact_is_left_out_because_sqs_refuses_it(sqs, queue_url):
    DeadLetterQueue(lambda: sqs, queue_url=queue_url).put(
        "{}", facts={"reason": "not_json", "idempotencyKey": ""}
    )
    (message,) = receive(sqs, queue_url)
    assert facts_of(message) == {"reason": "not_json"}


def test_characters_that_sqs_refuses_are_replaced_and_long_facts_cut(sqs, queue_url):
    DeadLetterQueue(lambda: sqs, queue_url=queue_url).put(
        "{}", facts={"reason": "a\x1b[2Jb\x00", "detail": "x" * 5000}
    )
    (message,) = receive(sqs, queue_url)
    assert facts_of(message) == {"reason": "a�[2Jb�", "detail": "x" * 512}


def test_a_body_that_leaves_no_room_for_facts_is_stored_without_them(sqs, queue_url):
    body = "x" * 1_048_576
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message", "InvalidParameterValue")
        stub.add_response(
            "send_message", {"MessageId": "m"}, {"QueueUrl": queue_url, "MessageBody": body}
        )
        DeadLetterQueue(lambda: sqs, queue_url=queue_url).put(body, facts={"reason": "too_large"})
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["AccessDenied", "RequestThrottled"])
def test_a_dead_letter_that_is_not_stored_is_said(sqs, queue_url, code):
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message", code)
        queue = DeadLetterQueue(lambda: sqs, queue_url=queue_url)
        with pytest.raises(TransientError) as caught:
            queue.put("{}", facts={"reason": "not_json"})
    assert type(caught.value) is TransientError
    assert str(caught.value) == "sqs SendMessage: the dead-letter queue did not take a message"


def test_a_message_handed_back_at_once_can_be_received_again(sqs, queue_url):
    sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
    (message,) = receive(sqs, queue_url)
    assert receive(sqs, queue_url) == []
    returns = returns_of(sqs, queue_url)
    assert returns.delay([(message["ReceiptHandle"], 0)]) == 0
    (again,) = receive(sqs, queue_url)
    assert again["MessageId"] == message["MessageId"]


def test_waits_are_rounded_up_and_kept_within_what_sqs_takes(sqs, queue_url):
    with Stubber(sqs) as stub:
        stub.add_response(
            "change_message_visibility_batch",
            {"Successful": [], "Failed": []},
            {
                "QueueUrl": queue_url,
                "Entries": [
                    {"Id": "0", "ReceiptHandle": "a", "VisibilityTimeout": 2},
                    {"Id": "1", "ReceiptHandle": "b", "VisibilityTimeout": 43200},
                    {"Id": "2", "ReceiptHandle": "c", "VisibilityTimeout": 0},
                ],
            },
        )
        waits = [("a", 1.01), ("b", 1e9), ("c", -5.0)]
        assert returns_of(sqs, queue_url).delay(waits) == 0
        stub.assert_no_pending_responses()


def test_more_than_ten_waits_go_in_several_calls_and_failures_are_counted(sqs, queue_url):
    with Stubber(sqs) as stub:
        stub.add_client_error("change_message_visibility_batch", "RequestThrottled")
        failed = [{"Id": "0", "SenderFault": True, "Code": "ReceiptHandleIsInvalid"}]
        stub.add_response("change_message_visibility_batch", {"Successful": [], "Failed": failed})
        waits = [(f"handle-{number}", 5.0) for number in range(12)]
        assert returns_of(sqs, queue_url).delay(waits) == 11
        stub.assert_no_pending_responses()


def test_nothing_to_hand_back_calls_nothing(sqs, queue_url):
    with Stubber(sqs):
        assert returns_of(sqs, queue_url).delay([]) == 0


def visibilities(stub, queue_url, *seconds):
    entries = [
        {"Id": str(number), "ReceiptHandle": f"handle-{number}", "VisibilityTimeout": each}
        for number, each in enumerate(seconds)
    ]
    expected = {"QueueUrl": queue_url, "Entries": entries}
    stub.add_response("change_message_visibility_batch", {"Successful": [], "Failed": []}, expected)


def count(stub, queue_url, *, visible, hidden):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    stub.add_response(
        "get_queue_attributes",
        {"Attributes": dict(zip(names, (str(visible), str(hidden)), strict=True))},
        {"QueueUrl": queue_url, "AttributeNames": names},
    )


def test_a_long_queue_is_waited_for_longer_and_counted_once_in_a_while(sqs, queue_url):
    clock = ManualClock()
    returns = returns_of(sqs, queue_url, clock)
    waits = [("handle-0", 1.0), ("handle-1", 2.0)]
    with Stubber(sqs) as stub:
        count(stub, queue_url, visible=700, hidden=300)
        for _ in range(2):
            visibilities(stub, queue_url, 101, 102)
            assert returns.delay(waits, longer=lambda waiting: waiting / 10) == 0
            clock.advance(COUNT_LIFE_SECONDS - 1)
        clock.advance(2)
        count(stub, queue_url, visible=0, hidden=10)
        visibilities(stub, queue_url, 2, 3)
        assert returns.delay(waits, longer=lambda waiting: waiting / 10) == 0
        stub.assert_no_pending_responses()


def test_a_queue_that_cannot_be_counted_is_taken_for_short(sqs, queue_url):
    with Stubber(sqs) as stub:
        stub.add_client_error("get_queue_attributes", "RequestThrottled")
        visibilities(stub, queue_url, 5)
        returns = returns_of(sqs, queue_url)
        assert returns.delay([("handle-0", 5.0)], longer=lambda waiting: waiting / 10) == 0
        stub.assert_no_pending_responses()


def test_nobody_counts_the_queue_for_nothing(sqs, queue_url):
    def client():
        raise AssertionError("nobody is to be asked")

    returns = QueueReturns(client, queue_url=queue_url, clock=ManualClock())
    assert returns.delay([], longer=lambda waiting: waiting / 10) == 0
