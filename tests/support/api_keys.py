"""Sources of API keys for tests."""

from __future__ import annotations

from formarelay.redact import Secret


class FakeKeys:
    """Gives the first key until it is refused, then the next; notes every refusal."""

    def __init__(self, *keys: str) -> None:
        self._keys = [Secret(key) for key in keys]
        self.rejected: list[Secret] = []

    def current(self) -> Secret:
        return self._keys[0]

    def refresh(self, rejected: Secret) -> Secret:
        self.rejected.append(rejected)
        if len(self._keys) > 1:
            self._keys.pop(0)
        return self._keys[0]
