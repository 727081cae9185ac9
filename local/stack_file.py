"""`.local/stack.env`: how tests, the demo and other tools find the running stack."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# The names and their order are the interface; an empty value means "not part of this stack".
KEYS = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "SANDBOX_URL",
    "STACK_NAME",
    "EMAIL_QUEUE_URL",
    "DEAD_LETTER_QUEUE_URL",
    "STATE_TABLE",
    "SEND_EMAIL_FUNCTION",
    "SETTLE_UNKNOWN_FUNCTION",
    "ROTATE_KEYS_FUNCTION",
    "PUBLISH_USAGE_FUNCTION",
    "FORMA_MAIL_SECRET_ARN",
    "FORMALOO_SECRET_ARN",
)
# Which output of the template stands for which key.
OUTPUTS = {
    "EMAIL_QUEUE_URL": "EmailQueueUrl",
    "DEAD_LETTER_QUEUE_URL": "DeadLetterQueueUrl",
    "STATE_TABLE": "StateTableName",
    "SEND_EMAIL_FUNCTION": "SendEmailFunctionName",
    "SETTLE_UNKNOWN_FUNCTION": "SettleUnknownFunctionName",
    "ROTATE_KEYS_FUNCTION": "RotateKeysFunctionName",
    "PUBLISH_USAGE_FUNCTION": "PublishUsageFunctionName",
    "FORMA_MAIL_SECRET_ARN": "FormaMailSecretArn",
    "FORMALOO_SECRET_ARN": "FormalooSecretArn",
}
_OWNER_ONLY = 0o600


def write_stack_file(path: Path, *, values: Mapping[str, str]) -> None:
    """Writes every key, in order, readable by its owner alone; a reader never sees half of it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w") as output:
        output.writelines(f"{key}={values.get(key, '')}\n" for key in KEYS)
    draft.replace(path)


def read_stack_file(path: Path) -> dict[str, str]:
    """The `KEY=value` lines. Raises FileNotFoundError when no stack is up."""
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {key: value for key, _, value in pairs}
