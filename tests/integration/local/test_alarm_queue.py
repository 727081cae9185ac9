"""The queue that hears the local stack's alarms."""

from __future__ import annotations

import json
from contextlib import closing

from local.alarm_queue import hear_alarms
from local.aws import LocalAws
from tests.integration.local.stacks import Emulator


def test_what_the_topic_is_told_comes_to_the_queue_once(emulator: Emulator) -> None:
    url = emulator.client("sqs").meta.endpoint_url
    with closing(LocalAws(url)) as aws:
        topic = aws.sns.create_topic(Name="alarms")["TopicArn"]
        first = hear_alarms(aws, topic_arn=topic, queue_name="heard")
        again = hear_alarms(aws, topic_arn=topic, queue_name="heard")
        aws.sns.publish(TopicArn=topic, Message="ringing")
        messages = aws.sqs.receive_message(
            QueueUrl=first, MaxNumberOfMessages=10, WaitTimeSeconds=5
        )["Messages"]
        policy = aws.sqs.get_queue_attributes(QueueUrl=first, AttributeNames=["Policy"])
    assert first == again
    assert [json.loads(message["Body"])["Message"] for message in messages] == ["ringing"]
    (statement,) = json.loads(policy["Attributes"]["Policy"])["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": topic}}
