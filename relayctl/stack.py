"""Which stack the command works on: by its name on AWS, or by the file that `make up` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import ClientError

from relayctl.aws import Aws, explained
from relayctl.errors import RelayctlError, UsageError

DEFAULT_STACK_FILE = Path(".local") / "stack.env"
# The names of the stack file, and the template's outputs that stand for the same.
_DEAD_LETTER_QUEUE = ("DEAD_LETTER_QUEUE_URL", "DeadLetterQueueUrl")
_EMAIL_QUEUE = ("EMAIL_QUEUE_URL", "EmailQueueUrl")
_STATE_TABLE = ("STATE_TABLE", "StateTableName")
_ROTATE_KEYS_FUNCTION = ("ROTATE_KEYS_FUNCTION", "RotateKeysFunctionName")
_SECRETS = {
    "forma-mail": ("FORMA_MAIL_SECRET_ARN", "FormaMailSecretArn"),
    "formaloo": ("FORMALOO_SECRET_ARN", "FormalooSecretArn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed formarelay.

    Args:
        title: Names it and where that was learned, for a person.
        name: Of the CloudFormation stack; empty when the stack file does not say.
        aws: Clients for its account.
        dead_letter_queue_url: Where messages are that could not be sent.
        email_queue_url: Where a replay puts them.
        state_table: The table with the ledger.
        rotate_keys_function: Rotates the keys; empty where the stack has no rotation.
        secret_arns: By provider, as `forma-mail`; without those that the stack does not have.
    """

    title: str
    name: str
    aws: Aws
    dead_letter_queue_url: str
    email_queue_url: str
    state_table: str
    rotate_keys_function: str = ""
    secret_arns: Mapping[str, str] = field(default_factory=dict)


def find_stack(*, name: str | None, file: Path | None, default: Path = DEFAULT_STACK_FILE) -> Stack:
    """The stack by its name, else by a stack file, else by the default file if there is one.

    Raises:
        UsageError: Nothing says which stack is meant, or the file is not readable or incomplete.
        RelayctlError: There is no such stack, or AWS does not say.
    """
    if name is not None:
        return _deployed(name, aws=Aws())
    if file is None and not default.is_file():
        raise UsageError(
            f"which stack? Give --stack NAME, or --env-file FILE; without either, {default} is "
            "read, and it does not exist here (`make up` writes it)"
        )
    return _from_file(file or default)


def _deployed(name: str, *, aws: Aws) -> Stack:
    with explained():
        try:
            stacks = aws.cloudformation().describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # CloudFormation has no code of its own for a stack that does not exist.
            if error.response.get("Error", {}).get("Code") != "ValidationError":
                raise
            raise RelayctlError(
                f"there is no stack {name!a} in {aws.region or 'this region'}. "
                "Is this the right account and region (AWS_PROFILE, AWS_REGION)?"
            ) from None
    outputs = {
        output.get("OutputKey", ""): output.get("OutputValue", "")
        for output in stacks[0].get("Outputs", [])
    }
    names = (_DEAD_LETTER_QUEUE[1], _EMAIL_QUEUE[1], _STATE_TABLE[1])
    missing = [output for output in names if not outputs.get(output)]
    if missing:
        raise RelayctlError(
            f"the stack {name!a} has no output {', '.join(missing)}. Is it a formarelay, and "
            "has its first deployment ended?"
        )
    return _stack(f"{name!a} in {aws.region}", name=name, aws=aws, values=outputs, names=names)


def _from_file(path: Path) -> Stack:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the stack file {str(path)!a} cannot be read") from error
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    values = {name.strip(): value.strip() for name, _, value in pairs}
    names = (_DEAD_LETTER_QUEUE[0], _EMAIL_QUEUE[0], _STATE_TABLE[0])
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise UsageError(f"the stack file {str(path)!a} has no {', '.join(missing)}")
    name = values.get("STACK_NAME", "")
    title = f"{name!a} of {str(path)!a}"
    return _stack(title, name=name, aws=Aws(values), values=values, names=names)


def _stack(
    title: str, *, name: str, aws: Aws, values: Mapping[str, str], names: tuple[str, str, str]
) -> Stack:
    dead_letter_queue, email_queue, state_table = names
    return Stack(
        title=title,
        name=name,
        aws=aws,
        dead_letter_queue_url=values[dead_letter_queue],
        email_queue_url=values[email_queue],
        state_table=values[state_table],
        rotate_keys_function=_first(values, _ROTATE_KEYS_FUNCTION),
        secret_arns={
            provider: arn for provider, names in _SECRETS.items() if (arn := _first(values, names))
        },
    )


def _first(values: Mapping[str, str], names: tuple[str, str]) -> str:
    return next((values[name] for name in names if values.get(name)), "")
