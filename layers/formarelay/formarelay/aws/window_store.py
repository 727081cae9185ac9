"""One item of DynamoDB that is read, and changed under conditions, as `formarelay.window` asks."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.errors import TransientError
from formarelay.window import Answer, Change, Fields, Read, Value

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class WindowStore:
    """Answers reads and changes. Raises `TransientError` when DynamoDB cannot.

    A change that failed so may still have been made.
    """

    def __init__(self, client: DynamoDBClient, *, table_name: str, provider: str) -> None:
        self._client = client
        self._table_name = table_name
        self._key: dict[str, Any] = {"pk": {"S": f"window#{provider}"}}

    def answer(self, request: Read | Change) -> Answer:
        try:
            return self._read() if isinstance(request, Read) else self._change(request)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            response: Mapping[str, Any] = refusal.response
            return Answer(
                applied=False,
                fields=_fields(response.get("Item", {})),
                store_time=_store_time(response),
            )
        except (BotoCoreError, ClientError) as error:
            operation = "read" if isinstance(request, Read) else "change"
            raise TransientError(
                "the limiter cannot be reached", service="dynamodb", operation=operation
            ) from error

    def _read(self) -> Answer:
        response = self._client.get_item(
            TableName=self._table_name, Key=self._key, ConsistentRead=True
        )
        return Answer(
            applied=True,
            fields=_fields(response.get("Item", {})),
            store_time=_store_time(response),
        )

    def _change(self, change: Change) -> Answer:
        expression = _Expression()
        condition = expression.condition(change)
        response = self._client.update_item(
            TableName=self._table_name,
            Key=self._key,
            UpdateExpression=expression.update(change),
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **expression.placeholders(),
        )
        return Answer(applied=True, store_time=_store_time(response))


class _Expression:
    """The two expressions of an update, and what their placeholders stand for."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def condition(self, change: Change) -> str:
        terms = []
        for name, value in change.equal.items():
            field = self._name(name)
            if value is None:
                terms.append(f"attribute_not_exists({field})")
            else:
                terms.append(f"{field} = {self._value(value)}")
        for name, most in change.at_most.items():
            field = self._name(name)
            terms.append(f"(attribute_not_exists({field}) OR {field} <= {self._value(most)})")
        for name, least in change.at_least.items():
            terms.append(f"{self._name(name)} >= {self._value(least)}")
        return " AND ".join(terms)

    def update(self, change: Change) -> str:
        added = [f"{self._name(name)} {self._value(n)}" for name, n in change.add.items()]
        put = [f"{self._name(name)} = {self._value(value)}" for name, value in change.put.items()]
        removed = [self._name(name) for name in change.remove]
        clauses = (("ADD", added), ("SET", put), ("REMOVE", removed))
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses if parts)

    def placeholders(self) -> dict[str, Any]:
        names = {placeholder: name for name, placeholder in self._names.items()}
        filled: dict[str, Any] = {"ExpressionAttributeNames": names}
        if self._values:
            filled["ExpressionAttributeValues"] = self._values
        return filled

    def _name(self, name: str) -> str:
        return self._names.setdefault(name, f"#f{len(self._names)}")

    def _value(self, value: Value) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        return placeholder


def _fields(item: Mapping[str, Mapping[str, Any]]) -> Fields:
    return {
        name: int(value["N"]) if "N" in value else str(value["S"])
        for name, value in item.items()
        if name != "pk"
    }


def _store_time(response: Mapping[str, Any]) -> float | None:
    """The `Date` of the answer, whole seconds, if it has a readable one."""
    text = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError):
        return None
