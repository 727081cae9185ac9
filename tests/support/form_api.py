"""Formaloo's whole API over a scripted provider."""

from __future__ import annotations

from formarelay.formaloo.api import FormalooApi
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp
from tests.support.formaloo import TOKEN_OPERATION, StoredPair, pair


def form_api(http: FakeHttp, *, mints: int = 1) -> FormalooApi:
    for number in range(mints):
        http.replies(
            200, json={"authorization_token": f"token-{number}"}, operation=TOKEN_OPERATION
        )
    return FormalooApi(
        http,
        credentials=StoredPair(pair()),
        clock=ManualClock(),
        sleep=lambda seconds: None,
        random=lambda: 1.0,
    )


def calls(http: FakeHttp) -> list[tuple[str, str]]:
    """What was asked, the tokens left out."""
    return [(sent.method, sent.path) for sent in http.requests if sent.operation != TOKEN_OPERATION]
