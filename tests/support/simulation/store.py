"""The item in memory: reads, and changes that are made whole or not at all."""

from __future__ import annotations

from formarelay.window import Answer, Change, Fields, Read, Value

_UNIT_BYTES = 1024


class MemoryStore:
    """The store's side of `formarelay.window`, written without it.

    `size`, `most_bytes` and `written_units` are what DynamoDB would have stored and charged.
    """

    def __init__(self) -> None:
        self.fields: dict[str, Value] = {}
        self.reads = 0
        self.changes = 0
        self.refused = 0
        self.size = 25
        self.most_bytes = 0
        self.written_units = 0

    @property
    def units(self) -> int:
        """What a write costs now; one that is refused, too."""
        return 1 + self.size // _UNIT_BYTES

    def answer(self, request: Read | Change, *, store_time: float | None = None) -> Answer:
        if isinstance(request, Read):
            self.reads += 1
            return Answer(applied=True, fields=dict(self.fields), store_time=store_time)
        self.written_units += self.units
        if not self._holds(request):
            self.refused += 1
            return Answer(applied=False, fields=dict(self.fields), store_time=store_time)
        named = [*request.add, *request.put, *request.remove]
        assert len(named) == len(set(named)), "a field is named twice"
        self.size -= _bytes_of(self.fields, named)
        for name, amount in request.add.items():
            self.fields[name] = int(self.fields.get(name, 0)) + amount
        self.fields.update(request.put)
        for name in request.remove:
            self.fields.pop(name, None)
        self.size += _bytes_of(self.fields, named)
        self.changes += 1
        self.most_bytes = max(self.most_bytes, self.size)
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


def _bytes_of(fields: Fields, names: list[str]) -> int:
    """By DynamoDB's rules: names, texts, and a byte for two digits."""
    total = 0
    for name in names:
        value = fields.get(name)
        if value is not None:
            text = len(value) if isinstance(value, str) else 2 + len(str(value)) // 2
            total += len(name) + text
    return total
