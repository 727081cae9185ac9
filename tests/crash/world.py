"""Everything outside of the function: the emulated AWS, the sandbox, the keys, and the time."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.crash.cloud import Cloud
from tests.crash.messages import Materials
from tests.crash.place import Place
from tests.crash.resources import Resources

RIGHTS = ("emails:send", "emails:read", "templates:read")

# Of the sandbox: it neither limits nor lags, unless a fault says so.
_PROFILE = {"rate_limit": "off", "list_lag_seconds": 0, "quota_limit": 1_000_000}


class World:
    """One a worker, and one run at a time in it.

    Args:
        place: Entered already.
        resources: Of the template.
    """

    def __init__(self, place: Place, resources: Resources) -> None:
        self._place = place
        self._sandbox = place.sandbox
        self._numbers = count(1)
        self._key_ids: dict[str, str] = {}
        self._is_changed = True
        self.canaries: list[str] = []
        """Every credential that was ever used; no output may show one."""
        self.clock = place.clock
        self.emulator_port = place.emulator_port
        self.cloud = Cloud(place.emulator_url, resources)
        formaloo = self._sandbox.call("GET", "/formaloo")
        pair = {name: formaloo[name] for name in ("api_key", "secret_key")}
        self.cloud.put_pair(pair)
        self.canaries += pair.values()
        self.materials = Materials(row=formaloo["forms"][0]["rows"][0], file=self.cloud.file)
        self.key = self.new_key(RIGHTS)

    def environment(self) -> dict[str, str]:
        """The environment of the function, as its deployment would set it."""
        return self.cloud.environment() | {
            "FORMA_MAIL_API_URL": f"{self._place.sandbox_url}/api",
            "FORMALOO_API_URL": self._place.sandbox_url,
        }

    def new_name(self) -> str:
        """A name that no run in this world has had, so that its mails are not those of another."""
        return f"run{next(self._numbers)}"

    def renew(self) -> None:
        """Empty queues and table, no faults, a good key: nothing of an earlier run is left."""
        self.cloud.renew()
        self.heal()
        if self._is_changed:
            self.use_key(self.key)
        self._is_changed = False
        self.advance(0)

    def heal(self) -> None:
        """Ends what `add_fault` and `change_profile` did."""
        self._sandbox.call("DELETE", "/faults")
        if self._is_changed:
            self._sandbox.call("PUT", "/profile", _PROFILE)

    def change_profile(self, knobs: dict[str, Any]) -> None:
        """Turns knobs of the sandbox, until the next `renew`."""
        self._is_changed = True
        self._sandbox.call("PUT", "/profile", knobs)

    def add_fault(self, rule: dict[str, Any]) -> None:
        """Appends to the sandbox's fault script, until the next `renew`."""
        self._sandbox.call("POST", "/faults", rule)

    def advance(self, seconds: float) -> None:
        """See `Place.advance`."""
        self._place.advance(seconds)

    def new_key(self, rights: tuple[str, ...]) -> str:
        """Mints a key with these permissions."""
        key = self._sandbox.call("POST", "/keys", {"name": "crash", "permissions": list(rights)})
        value = str(key["apiKey"])
        self.canaries.append(value)
        self._key_ids[value] = key["id"]
        return value

    def use_key(self, key: str) -> None:
        """Makes a key the current version of the secret, until the next `renew`."""
        self._is_changed = True
        self.cloud.put_key(key, key_id=self._key_ids[key])

    def rotate_in_fork(self, *, old: str, new: str) -> None:
        """In a forked process: replaces the key in the secret, and revokes the old one."""
        self.cloud.put_key(new, key_id=self._key_ids[new], in_fork=True)
        control = self._place.new_control()
        control.call("POST", f"/keys/{self._key_ids[old]}/revoke")
        control.close()

    def accepted(self, *, since: int) -> list[dict[str, Any]]:
        """Every mail that the provider accepted since it had accepted so many."""
        path = f"/emails?offset={since}"
        emails: list[dict[str, Any]] = self._sandbox.call("GET", path)["emails"]
        return emails

    def accepted_count(self) -> int:
        return int(self._sandbox.call("GET", "/emails?limit=0")["total"])
