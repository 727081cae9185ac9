"""Who calls: credentials that work, and ids of what is there."""

from __future__ import annotations

import random
from typing import Any

from sandbox.openapi import forma_mail, formaloo
from sandbox.testing import RunningSandbox

# Nothing but the answers themselves should depend on how fast the calls come.
_PROFILE = {"rate_limit": "off", "formaloo_token_ttl_seconds": 86_400, "quota_limit": 10**9}
_SOMETIMES = 0.1
_PERSON = {"email": "ada@example.com"}
_GOOD: dict[str, dict[str, Any]] = {
    "/emails/send": {"templateId": "welcome", "to": [_PERSON], "variables": {}},
    "/emails/send/bulk": {"templateId": "welcome", "recipients": [_PERSON | {"variables": {}}]},
}


class Caller:
    """Args:
    sandbox: Is asked for everything beside the fuzzing, and turned to patience.
    rng: Decides who comes without credentials, or asks for what is not there.
    """

    def __init__(self, sandbox: RunningSandbox, *, rng: random.Random) -> None:
        self._sandbox = sandbox
        self._rng = rng
        sandbox.control("PUT", "/profile", _PROFILE)
        self._headers: dict[str, dict[str, str]] = {}
        self._known: dict[str, list[str]] = {}
        self.renew()

    def renew(self) -> None:
        """Takes what works now: fuzzing ends keys and pairs."""
        control = self._sandbox.control
        key = control("POST", "/keys", {"name": "fuzzer"})
        spare = control("POST", "/keys", {"name": "spare"})
        login = control("GET", "/dashboard")
        session = self._sandbox.request("POST", "/api/v1/auth/login", body=login).json()
        state = control("GET", "/formaloo")
        minted = self._sandbox.request(
            "POST",
            "/v3.0/oauth2/authorization-token/",
            body={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {state['secret_key']}"},
        ).json()
        api = {"Authorization": f"Bearer {key['apiKey']}"}
        self._headers = {
            forma_mail.KEY: api,
            forma_mail.SESSION: {"Authorization": f"Bearer {session['data']['accessToken']}"},
            formaloo.API_KEY: {"x-api-key": state["api_key"]},
            formaloo.TOKEN: {"Authorization": f"JWT {minted['authorization_token']}"},
            formaloo.SECRET: {"Authorization": f"Basic {state['secret_key']}"},
        }
        subscriptions = self._sandbox.request("GET", "/api/webhook-subscriptions", headers=api)
        known_subscriptions = [one["id"] for one in subscriptions.json()["data"][:20]]
        emails = control("GET", "/emails?limit=20")["emails"]
        forms = state["forms"]
        self._known = {
            "/emails/{id}": [mail["id"] for mail in emails],
            "/templates/{id}": ["welcome", "invoice"],
            "/webhook-subscriptions/{id}": known_subscriptions,
            "/webhook-subscriptions/{id}/test": known_subscriptions,
            "/api-keys/{id}/revoke": [spare["id"]],
            "/keys/{id}/revoke": [spare["id"]],
            "/rows/{slug}/": [row for form in forms for row in form["rows"][:20]],
            "/businesses/{slug}/usage/": [state["business"]],
            "/form-displays/address/{address}/": [form["address"] for form in forms],
        }
        self._forms = [form["slug"] for form in forms]
        self._good = _GOOD | {"/auth/login": login}

    def headers(self, security: list[str]) -> dict[str, str]:
        """What the schemes of an operation demand, as a rule."""
        if self._rng.random() < _SOMETIMES:
            return {}
        together: dict[str, str] = {}
        for scheme in security:
            together |= self._headers[scheme]
        return together

    def place(self, pattern: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The path parameters; half of the time what they name is there."""
        known = self._known.get(pattern, self._forms)
        if not parameters or not known or self._rng.random() < 0.5:
            return parameters
        return {name: self._rng.choice(known) for name in parameters}

    def body(self, pattern: str, generated: Any) -> Any:
        """The body; half of the time one that is good, but for one field perhaps."""
        good = self._good.get(pattern)
        if good is None or not isinstance(generated, dict) or self._rng.random() < 0.5:
            return generated
        one = self._rng.choice([*generated] or [""])
        return good | {name: value for name, value in generated.items() if name == one}
