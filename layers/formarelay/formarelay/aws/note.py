"""One text in the state table, for what a function must not forget. It never expires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TEXT = "note"


class DynamoNote:
    """The text of one name. The last writer wins. Raises `TransientError` when DynamoDB cannot."""

    def __init__(self, client: DynamoDBClient, *, table_name: str, name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._key: dict[str, Any] = {"pk": {"S": f"note#{name}"}}

    def read(self) -> str:
        """The text as it was last written; empty when it never was."""
        try:
            answer = self._client.get_item(
                TableName=self._table_name, Key=self._key, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise TransientError(
                "the note cannot be read", service="dynamodb", operation="GetItem"
            ) from error
        return answer.get("Item", {}).get(_TEXT, {}).get("S", "")

    def write(self, text: str) -> None:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=self._key,
                UpdateExpression=f"SET {_TEXT} = :text",
                ExpressionAttributeValues={":text": {"S": text}},
            )
        except (BotoCoreError, ClientError) as error:
            raise TransientError(
                "the note cannot be written", service="dynamodb", operation="UpdateItem"
            ) from error
