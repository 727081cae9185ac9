"""What a person is told to do about a pair that the rotation cannot get hold of."""

from __future__ import annotations

from formarelay.rotation import PENDING

_COPY_PAIR = (
    "copy the present pair from the Formaloo dashboard (API Key & Token) into a file and store it: "
    "aws secretsmanager put-secret-value --secret-id {arn} --secret-string file://pair.json, where "
    'the file holds {{"api_key": "...", "secret_key": "..."}}'
)
PAIR_LOST = "the answer to the swap is lost and the old pair is dead: " + _COPY_PAIR
PAIR_UNREADABLE = (
    "the answer to the swap is lost, and {problem} when the pair is read again; if the next "
    "attempts do not read it either, " + _COPY_PAIR
)
REPLY_UNREADABLE = (
    "the pair is swapped, and {problem}: read that answer with aws secretsmanager get-secret-value "
    "--secret-id {arn} --version-id {reply} --version-stage {label}, or the pair from the "
    "Formaloo dashboard, and store it with aws secretsmanager put-secret-value --secret-id {arn} "
    "--client-request-token {token} --version-stages " + PENDING + " --secret-string "
    'file://pair.json, where the file holds {{"api_key": "...", "secret_key": "..."}}'
)
