"""What a failure of AWS means for the person at the keyboard, and what to do about it."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as NotConnectedError,
)

from relayctl.printable import printable

# AWS's own error codes, of SQS, DynamoDB, CloudFormation and of signing.
_NOT_ALLOWED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "KmsAccessDenied"}
_BAD_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_NO_QUEUE = {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}
_NOT_FOUND = {"ResourceNotFoundException"}
_TOO_MANY_HELD = {"OverLimit"}
_SERVICES = {
    "BatchGetItem": "dynamodb",
    "DescribeSecret": "secretsmanager",
    "DescribeStacks": "cloudformation",
    "RotateSecret": "secretsmanager",
}
_MISSING = {
    "DescribeSecret": "the secret",
    "Invoke": "the function rotate_keys",
    "RotateSecret": "the secret",
}
_CREDENTIAL_FAILURES = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
_LOG_IN = (
    "Log in (as with `aws sso login`), choose a profile (AWS_PROFILE=...), or set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


def advice(error: ClientError | BotoCoreError) -> str:
    """One or two sentences; quotes no text of AWS, which may name what is nobody's business."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return _answered(code, operation=error.operation_name)
    return _unanswered(error)


def is_forbidden(code: str) -> bool:
    """Whether AWS refuses with this code because the credentials lack a right."""
    return code in _NOT_ALLOWED


def _answered(code: str, *, operation: str) -> str:
    if is_forbidden(code):
        return (
            f"these credentials may not do {_permission(operation)}. "
            "Use others, or have that permission granted"
        )
    if code in _BAD_CREDENTIALS:
        return f"AWS refuses the credentials ({printable(code)}). {_LOG_IN}"
    if code in _NO_QUEUE:
        return (
            "the queue does not exist. Is this the right account and region? "
            "A .local/stack.env of a stack that is down names queues that are gone: `make up`"
        )
    if code in _NOT_FOUND:
        missing = _MISSING.get(operation, "the state table")
        return f"{missing} does not exist. Is this the right account and region?"
    if code in _TOO_MANY_HELD:
        return "SQS lets no more than 120000 letters be looked at together. Use --limit"
    return f"AWS answered {printable(code) or 'an error'} to {printable(operation)}. Try again"


def _unanswered(error: BotoCoreError) -> str:
    if isinstance(error, _CREDENTIAL_FAILURES):
        return f"there are no usable AWS credentials. {_LOG_IN}"
    if isinstance(error, ProfileNotFound):
        return "the AWS profile that AWS_PROFILE names does not exist"
    if isinstance(error, NoRegionError):
        return "no AWS region is chosen. Set AWS_REGION, or a region in the AWS profile"
    if isinstance(error, NotConnectedError | HTTPClientError):
        return (
            "AWS cannot be reached. Check the network; for the stack of `make up`, whether it "
            "still runs"
        )
    return f"the AWS client failed ({type(error).__name__})"


def _permission(operation: str) -> str:
    """The name of the right in IAM; SQS has none of its own for batches."""
    if operation == "Invoke":
        return "lambda:InvokeFunction"
    service = _SERVICES.get(operation, "sqs")
    action = operation.removesuffix("Batch") if service == "sqs" else operation
    return printable(f"{service}:{action}")
