"""What the meter counts before the emulated AWS."""

from __future__ import annotations

import boto3
import requests

from bench.fleet.meter import EMPTY, PATH
from bench.surroundings import METERED, TABLE, surroundings


def test_it_counts_requests_by_signer_and_units_by_item(tmp_path):
    with surroundings(tmp_path, emulator=METERED) as around:
        session = boto3.Session("somebody", "secret", region_name="us-east-1")
        dynamodb, sqs = (
            session.client(name, endpoint_url=around.aws_url) for name in ("dynamodb", "sqs")
        )
        key = {"pk": {"S": "mail#1"}}
        # 9 bytes of names and key, and 1,500 of the value: two units.
        dynamodb.put_item(TableName=TABLE, Item=key | {"v": {"S": "x" * 1500}})
        dynamodb.get_item(TableName=TABLE, Key=key)
        dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)
        # Two before it shrinks, one afterwards.
        for _ in range(2):
            dynamodb.update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression="SET v = :v",
                ExpressionAttributeValues={":v": {"S": "x"}},
            )
        # Two while it is long, the refused ones included, and one when it has shrunk.
        insert = f"INSERT INTO \"{TABLE}\" VALUE {{'pk': ?, 'v': ?}}"
        update = f'UPDATE "{TABLE}" SET v = ? WHERE pk = ? AND v = ?'
        other, long = {"S": "mail#2"}, {"S": "x" * 1500}
        dynamodb.batch_execute_statement(
            Statements=[
                {"Statement": insert, "Parameters": [other, long]},
                {"Statement": insert, "Parameters": [other, {"S": "y"}]},
                {"Statement": update, "Parameters": [{"S": "y"}, other, {"S": "z"}]},
                {"Statement": update, "Parameters": [{"S": "y"}, other, long]},
                {"Statement": update, "Parameters": [{"S": "z"}, other, {"S": "y"}]},
            ]
        )
        queue_url = around.environment["EMAIL_QUEUE_URL"]
        sqs.receive_message(QueueUrl=queue_url)
        sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
        assert sqs.receive_message(QueueUrl=queue_url)["Messages"]
        told = requests.get(f"{around.aws_url}{PATH}", timeout=10).json()
    assert told["requests"]["somebody"] == {
        "PutItem": 1,
        "GetItem": 2,
        "UpdateItem": 2,
        "BatchExecuteStatement": 1,
        EMPTY: 1,
        "SendMessage": 1,
        "ReceiveMessage": 1,
    }
    assert told["units"][TABLE] == {"read": 1.5, "write": 14}
