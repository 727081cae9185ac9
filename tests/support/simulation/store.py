"""The item in memory: reads, and changes that are made whole or not at all."""

from __future__ import annotations

from formarelay.window import Answer, Change, Fields, Read, Value


class MemoryStore:
    """`now` tells the store's own time, if answers are to carry it; `failing` makes it unreachable.

    `most_bytes` and `written_units` are what DynamoDB would have stored and charged.
    """

    def __init__(self) -> None:
        self.fields: dict[str, Value] = {}
        self.reads = 0
        self.changes = 0
        self.refused = 0
        self.most_bytes = 0
        self.written_units = 0

    def answer(self, request: Read | Change, *, store_time: float | None = None) -> Answer:
        if isinstance(request, Read):
            self.reads += 1
            return Answer(applied=True, fields=dict(self.fields), store_time=store_time)
        if not self._holds(request):
            self.refused += 1
            # A condition that fails is charged like the write.
            self.written_units += 1 + size_bytes(self.fields) // 1024
            return Answer(applied=False, fields=dict(self.fields), store_time=store_time)
        named = [*request.add, *request.put, *request.remove]
        assert len(named) == len(set(named)), "a field is named twice"
        before = size_bytes(self.fields)
        for name, amount in request.add.items():
            self.fields[name] = int(self.fields.get(name, 0)) + amount
        self.fields.update(request.put)
        for name in request.remove:
            self.fields.pop(name, None)
        self.changes += 1
        after = size_bytes(self.fields)
        self.most_bytes = max(self.most_bytes, after)
        self.written_units += 1 + max(before, after) // 1024
        return Answer(applied=True, store_time=store_time)

    def _holds(self, change: Change) -> bool:
        fields = self.fields
        return (
            all(fields.get(name) == value for name, value in change.equal.items())
            and all(int(fields.get(name, 0)) <= most for name, most in change.at_most.items())
            and all(
                name in fields and int(fields[name]) >= least
                for name, least in change.at_least.items()
            )
        )


def size_bytes(fields: Fields) -> int:
    """The item's size by DynamoDB's rules: names, texts, and a byte for two digits."""
    return 25 + sum(
        len(name) + (len(value) if isinstance(value, str) else 2 + len(str(value)) // 2)
        for name, value in fields.items()
    )
