"""Somebody who hears the local stack's alarms: a queue, where on AWS a person has a mailbox."""

from __future__ import annotations

import json

from local.aws import LocalAws


def alarm_queue_name(stack_name: str) -> str:
    """Of the queue that hears the alarms of a stack."""
    return f"{stack_name}-alarms"


def hear_alarms(aws: LocalAws, *, topic_arn: str, queue_name: str) -> str:
    """Subscribes a queue to the topic, as whoever is on call does once. Safe to repeat.

    Returns the queue's URL; what comes is SNS's notification around CloudWatch's message.
    """
    url = aws.sqs.create_queue(QueueName=queue_name)["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    present = aws.sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    # The emulator would make a second subscription of the same queue.
    if arn not in {one.get("Endpoint") for one in present}:
        aws.sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    return url
