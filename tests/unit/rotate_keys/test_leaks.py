"""No key is found in anything that the function lets out, whatever goes wrong."""

from __future__ import annotations

import traceback

import pytest

from formarelay.errors import (
    CredentialError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
    UnexpectedResponseError,
)
from tests.support.rotate_keys_function import rotate_keys_function
from tests.support.rotating import OVERLAP, World

AWS = ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]
PROVIDER = ["create", "list_keys", "revoke", "test", "is_refused"]
PAIR = ["prepare", "swap", "present", "test", "is_refused"]
ERRORS = [
    CredentialError("refused", status=401),
    OutcomeUnknownError("no answer"),
    PermissionDeniedError("not allowed", status=403),
    ServerError("down", status=503),
    UnexpectedResponseError("nonsense"),
]
TROUBLE = [
    *(("aws", (kind, operation)) for kind in ("failing", "losing") for operation in AWS),
    *(("issuer", (method, error)) for method in PROVIDER for error in ERRORS),
    *(("pairs", (method, error)) for method in PAIR for error in ERRORS),
    ("fields", ("mystery", "secret_key")),
    ("text", "canary is no JSON"),
    ("text", '{"api_key": "canary"}'),
]


def cause(world: World, what: str, how: object) -> None:
    match what, how:
        case "aws", (kind, operation):
            getattr(world.secrets, kind).add(operation)
        case "issuer", (method, error):
            world.issuer.fail(method, error)
        case "pairs", (method, error):
            world.pairs.fail(method, error)
        case "fields", names:
            world.pairs.fields = names
        case "text", text:
            world.put(text)
            world.put(text, world.pair_arn)


@pytest.mark.parametrize(("what", "how"), TROUBLE, ids=repr)
def test_no_key_is_found_in_logs_errors_metrics_answers_or_the_journal(capsys, what, how):
    world = World()
    with rotate_keys_function(world) as function:
        tokens = {arn: world.token(arn=arn) for arn in (world.arn, world.pair_arn)}
        cause(world, what, how)
        for attempt in range(3):
            for arn, token in tokens.items():
                try:
                    function.rotate(token, arn)
                except Exception:  # noqa: BLE001 (kept by the function, and searched below)
                    continue
            world.clock.advance(OVERLAP)
            function.retire()
            if attempt == 1:
                world.secrets.failing.clear()
                world.secrets.losing.clear()
        written = [function.log.getvalue(), *capsys.readouterr()]
    written += ["".join(traceback.format_exception(error)) for error in function.errors]
    written += [repr(function.answers), repr(world.journal), repr(world.issuer.requests)]
    # Every key of this world has the word in it.
    everything = "\n".join(written)
    assert "canary" in world.value(world.pair_arn)["api_key"] if what != "text" else True
    assert "rotate_keys" in everything
    assert "canary" not in everything
