"""Forma Mail's whole API over a scripted provider."""

from __future__ import annotations

from formarelay.formamail.api import FormaMailApi
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp


def mail_api(http: FakeHttp, *keys: str) -> FormaMailApi:
    return FormaMailApi(http, keys=FakeKeys(*(keys or ("fm_sk_a",))), clock=ManualClock())
