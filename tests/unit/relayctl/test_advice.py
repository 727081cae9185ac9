"""What a failure of AWS means for a person."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)

from formarelay.errors import SettingsError, TransientError
from relayctl.advice import advice
from relayctl.aws import explained
from relayctl.errors import RelayctlError, UnansweredError

LOG_IN = (
    "Log in (as with `aws sso login`), choose a profile (AWS_PROFILE=...), or set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
NOT_REACHED = (
    "AWS cannot be reached. Check the network; for the stack of `make up`, whether it still runs"
)
URL = "https://user:secret@sqs"


def refusal(code: str, operation: str = "ReceiveMessage", status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "ada@example.com is not authorized"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("ReceiveMessage", "sqs:ReceiveMessage"),
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("BatchGetItem", "dynamodb:BatchGetItem"),
        ("DescribeStacks", "cloudformation:DescribeStacks"),
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_missing_right_is_named_as_iam_names_it(code, operation, permission):
    assert advice(refusal(code, operation)) == (
        f"these credentials may not do {permission}. Use others, or have that permission granted"
    )


@pytest.mark.parametrize("code", ["ExpiredToken", "UnrecognizedClientException"])
def test_refused_credentials_say_how_to_get_others(code):
    assert advice(refusal(code)) == f"AWS refuses the credentials ({code}). {LOG_IN}"


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", "the queue does not exist. "),
        ("QueueDoesNotExist", "the queue does not exist. "),
        ("ResourceNotFoundException", "the state table does not exist. "),
        ("OverLimit", "SQS lets no more than 120000 letters be looked at together. Use --limit"),
        ("Other\x1b[2J", "AWS answered Other\\u001b[2J to ReceiveMessage. Try again"),
        ("", "AWS answered an error to ReceiveMessage. Try again"),
    ],
)
def test_each_refusal_has_its_words_and_never_those_of_aws(code, begins):
    assert advice(refusal(code)).startswith(begins)
    assert "ada" not in advice(refusal(code))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NoCredentialsError(), f"there are no usable AWS credentials. {LOG_IN}"),
        (
            PartialCredentialsError(provider="env", cred_var="x"),
            f"there are no usable AWS credentials. {LOG_IN}",
        ),
        (
            CredentialRetrievalError(provider="p", error_msg="secret"),
            f"there are no usable AWS credentials. {LOG_IN}",
        ),
        (UnauthorizedSSOTokenError(), f"there are no usable AWS credentials. {LOG_IN}"),
        (
            ProfileNotFound(profile="p"),
            "the AWS profile that AWS_PROFILE names does not exist",
        ),
        (
            NoRegionError(),
            "no AWS region is chosen. Set AWS_REGION, or a region in the AWS profile",
        ),
        (EndpointConnectionError(endpoint_url=URL), NOT_REACHED),
        (ConnectTimeoutError(endpoint_url=URL), NOT_REACHED),
        (ReadTimeoutError(endpoint_url=URL), NOT_REACHED),
        (BotoCoreError(), "the AWS client failed (BotoCoreError)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_call_that_got_no_answer_says_what_to_look_at(error, text):
    assert advice(error) == text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal("AccessDenied", status=403), RelayctlError),
        (refusal("InternalFailure", status=500), UnansweredError),
        (refusal("ServiceUnavailable", status=503), UnansweredError),
        (ReadTimeoutError(endpoint_url=URL), UnansweredError),
        (ConnectTimeoutError(endpoint_url=URL), RelayctlError),
        (EndpointConnectionError(endpoint_url=URL), RelayctlError),
        (NoCredentialsError(), RelayctlError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_what_may_have_been_done_is_told_from_what_was_not(error, kind):
    with pytest.raises(RelayctlError) as caught, explained():
        raise error
    assert type(caught.value) is kind
    assert str(caught.value) == advice(error)


def test_an_error_of_the_layer_is_explained_by_its_cause():
    outer = TransientError("the ledger cannot be read", service="dynamodb")
    outer.__cause__ = NoRegionError()
    with pytest.raises(RelayctlError) as caught, explained():
        raise outer
    assert str(caught.value) == (
        "the ledger cannot be read: no AWS region is chosen. "
        "Set AWS_REGION, or a region in the AWS profile"
    )


def test_an_error_of_the_layer_without_a_cause_speaks_for_itself():
    with pytest.raises(RelayctlError) as caught, explained():
        raise SettingsError("this is wrong", service="dynamodb")
    assert type(caught.value) is RelayctlError
    assert str(caught.value) == "dynamodb: this is wrong"
