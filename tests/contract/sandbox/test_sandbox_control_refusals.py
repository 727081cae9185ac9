"""The control interface refuses bad input clearly and changes nothing."""

from __future__ import annotations

import pytest

from sandbox.testing import RunningSandbox


def test_unknown_knobs_are_refused_and_the_known_ones_named(sandbox: RunningSandbox) -> None:
    answer = sandbox.request("PUT", "/_sandbox/profile", body={"rate_limits": "off", "x": 1})

    assert answer.status == 400
    text = answer.json()["error"]
    assert text.startswith("unknown: rate_limits, x; known: ")
    for knob in sandbox.control("GET", "/profile"):
        assert knob in text


def test_refused_profile_changes_nothing(sandbox: RunningSandbox) -> None:
    before = sandbox.control("GET", "/profile")

    answer = sandbox.request(
        "PUT", "/_sandbox/profile", body={"quota_limit": 5, "latency_ms": -1, "rate_limit": "none"}
    )

    assert answer.status == 400
    assert answer.json() == {
        "error": "latency_ms must be a number from 0 to 600000; "
        "rate_limit must be one of seed, strict, docs-team, docs-key, off"
    }
    assert sandbox.control("GET", "/profile") == before


BAD_CONTROL_CALLS: list[tuple[str, str, object]] = [
    ("PUT", "/profile", {"limit_per_minute": 0}),
    ("PUT", "/profile", {"limit_per_minute": True}),
    ("PUT", "/profile", {"limit_per_minute": 1.5}),
    ("PUT", "/profile", {"window_seconds": "60"}),
    ("PUT", "/profile", {"suppressed": ["a@b.co"]}),
    ("PUT", "/profile", {"generated_measures": {"words": 1}}),
    ("PUT", "/profile", {"generated_measures": {"pages": -1}}),
    ("PUT", "/profile", {"webhook_retry_seconds": 10}),
    ("PUT", "/profile", {"webhook_retry_seconds": [1] * 21}),
    ("PUT", "/profile", {"webhook_retry_seconds": [-1]}),
    ("PUT", "/profile", {"usage_override": []}),
    ("PUT", "/profile", {"retry_after": "a\r\nb"}),
    ("PUT", "/profile", {"strip_metadata": 1}),
    ("PUT", "/profile", []),
    ("PUT", "/profile", b"{broken"),
    ("PUT", "/profile", b'{"latency_ms": NaN}'),
    ("PUT", "/profile", b'{"latency_ms": 1e999}'),
    ("PUT", "/profile", b"\xff"),
    ("PUT", "/profile", {"usage_offset": -1}),
    ("PUT", "/profile", {"usage_nonsense": "none"}),
    ("PUT", "/profile", {"dashboard_token_seconds": 0}),
    ("PUT", "/profile", {"key_limit": -1}),
    ("PUT", "/profile", {"key_activation_seconds": "30"}),
    ("PUT", "/profile", {"formaloo_api_key_field": ""}),
    ("PUT", "/profile", {"formaloo_old_pair_grace_seconds": -1}),
    ("PUT", "/profile", {"formaloo_usage_shape": "table"}),
    ("PUT", "/profile", {"formaloo_usage_override": []}),
    ("POST", "/keys", {"name": ""}),
    ("POST", "/keys", {"name": 5}),
    ("POST", "/keys", {"name": "x", "permissions": "emails:send"}),
    ("POST", "/keys", {"name": "x", "permissions": ["email:send"]}),
    ("POST", "/keys", {"name": "x", "permissions": [[]]}),
    ("POST", "/keys", {"name": "x", "expiresAt": "tomorrow"}),
    ("POST", "/keys", {"name": "x", "expiresAt": 1e14}),
    ("POST", "/keys", {"name": "x", "rateLimit": 0}),
    ("POST", "/keys", {"name": "x", "rateLimit": True}),
    ("POST", "/keys", {"name": "x", "expires_at": 5}),
    ("POST", "/templates", {}),
    ("POST", "/templates", {"slug": "welcome"}),
    ("POST", "/templates", {"slug": "x", "type": "word"}),
    ("POST", "/templates", {"slug": "x", "variables": ["a"]}),
    ("POST", "/templates", {"slug": "x", "variables": [{"name": "a", "required": "yes"}]}),
    ("POST", "/templates", {"slug": "x", "variables": [{"name": "a", "defaultValue": 5}]}),
    ("POST", "/faults", {}),
    ("POST", "/faults", {"route": "POST /emails/send"}),
    ("POST", "/faults", {"fault": "html"}),
    ("POST", "/faults", {"route": "POST /api/emails/send", "fault": "html"}),
    ("POST", "/faults", {"route": "POST /emails/sendd", "fault": "html"}),
    ("POST", "/faults", {"route": 5, "fault": "html"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "explode"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": 5}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "status"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "status:99"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "status:204"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "hang:forever"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "hang:100000"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "slow:-1"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "truncated:5"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "retry_after:a\r\nX: b"}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "html", "times": 0}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "html", "skip": -1}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "html", "every": 0}),
    ("POST", "/faults", {"route": "POST /emails/send", "fault": "html", "time": 1}),
    ("PUT", "/clock", {}),
    ("PUT", "/clock", {"offset_seconds": 1, "now": 1}),
    ("PUT", "/clock", {"offset_seconds": "1"}),
    ("PUT", "/clock", {"offset_seconds": 10**400}),
    ("PUT", "/clock", {"offset_seconds": -1e12}),
    ("PUT", "/clock", {"now": None}),
    ("PUT", "/clock", {"now": 1e14}),
    ("PUT", "/clock", {"now": "now"}),
    ("PUT", "/clock", {"now": "9999-01-01T00:00:00Z"}),
    ("PUT", "/formaloo", {"api_key": 5}),
    ("PUT", "/formaloo", {"apikey": "x"}),
    ("PUT", "/formaloo", {"forms": {}}),
    ("PUT", "/formaloo", {"forms": [{}]}),
    ("PUT", "/formaloo", {"forms": [{"title": "a", "fields": [{"slug": "x"}]}]}),
    ("PUT", "/formaloo", {"forms": [{"title": "a", "rows": [{"nofield": 1}]}]}),
    ("PUT", "/formaloo", {"forms": [{"title": "a", "slug": "s"}, {"title": "b", "slug": "s"}]}),
    ("GET", "/emails?limit=-1", None),
    ("GET", "/emails?offset=x", None),
    ("GET", "/requests?limit=9999999999999999", None),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD_CONTROL_CALLS)
def test_bad_input_is_a_clear_400_and_changes_nothing(
    sandbox: RunningSandbox, method: str, path: str, body: object
) -> None:
    state = ("/profile", "/keys", "/templates", "/faults", "/formaloo")
    before = [sandbox.control("GET", part) for part in state]

    answer = sandbox.request(method, f"/_sandbox{path}", body=body)

    assert answer.status == 400
    assert list(answer.json()) == ["error"]
    assert len(answer.json()["error"]) > 10
    assert [sandbox.control("GET", part) for part in state] == before
    assert sandbox.control("GET", "/clock")["offset_seconds"] == 0


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("POST", "/health"), ("DELETE", "/keys"), ("GET", "")]
)
def test_unknown_control_route_is_404(sandbox: RunningSandbox, method: str, path: str) -> None:
    answer = sandbox.request(method, f"/_sandbox{path}")

    assert (answer.status, answer.json()) == (404, {"error": "no such route"})


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_page_from_elsewhere_changes_nothing(
    sandbox: RunningSandbox, headers: dict[str, str]
) -> None:
    sandbox.mint_key(name="mine")

    answer = sandbox.request("POST", "/_sandbox/reset", headers=headers)

    assert (answer.status, answer.json()) == (
        403,
        {"error": "a web page from elsewhere may change nothing here"},
    )
    assert "mine" in {key["name"] for key in sandbox.control("GET", "/keys")["keys"]}


def test_a_page_of_its_own_may_change_things(sandbox: RunningSandbox) -> None:
    own = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}

    assert sandbox.request("DELETE", "/_sandbox/faults", headers=own).status == 200
