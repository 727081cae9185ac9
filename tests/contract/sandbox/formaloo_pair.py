"""Formaloo's pair as the control interface knows it, and whether a pair opens anything."""

from __future__ import annotations

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.formaloo_caller import Caller

KEYS = "/v3.0/keys/"
ROTATE = "/v3.0/keys/?rotate=true"


def pair_of(sandbox: RunningSandbox) -> dict[str, str]:
    state = sandbox.control("GET", "/formaloo")
    return {name: state[name] for name in ("api_key", "secret_key")}


def works(caller: Caller, pair: dict[str, str], *, token: str | None = None) -> bool:
    """Whether the whole pair opens a read; with a token, whether its key does."""
    if token is None:
        minted = caller.mint(
            Authorization=f"Basic {pair['secret_key']}", **{"x-api-key": pair["api_key"]}
        )
        if minted.status != 200:
            assert minted.status == 401
            return False
        token = str(minted.json()["authorization_token"])
    answer = caller.get("/v3.0/profile/", token=token, **{"x-api-key": pair["api_key"]})
    assert answer.status in (200, 401)
    return answer.status == 200


def mint_status(caller: Caller, secret_key: str) -> int:
    return caller.mint(Authorization=f"Basic {secret_key}").status
