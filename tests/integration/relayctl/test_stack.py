"""How the command finds its stack and its credentials, and what it says when it doesn't."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import boto3
import pytest
from botocore.exceptions import NoRegionError
from botocore.stub import Stubber
from rich.console import Console

from relayctl.aws import Aws, explained
from relayctl.cli import main
from relayctl.errors import RelayctlError, UsageError
from relayctl.stack import find_stack
from relayctl.surroundings import Surroundings
from tests.support.aws import REGION
from tests.support.clock import ManualClock

URL = "http://127.0.0.1:1/queue"


@pytest.fixture(autouse=True)
def no_account_of_the_machine(monkeypatch, tmp_path):
    """Tests see no profile, no role of a machine and no default stack file."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.chdir(tmp_path)


def write(path, **values):
    path.parent.mkdir(exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in values.items()]
    path.write_text("".join(["# a comment\n", "\n", *lines]))
    return path


COMPLETE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "hidden-key",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "STACK_NAME": "relay",
    "EMAIL_QUEUE_URL": f"{URL}=1",
    "DEAD_LETTER_QUEUE_URL": URL,
    "STATE_TABLE": "state",
}


@pytest.fixture
def cloudformation(monkeypatch):
    """CloudFormation with its answers written by the test: moto's needs packages we don't have."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    client = boto3.client("cloudformation", region_name=REGION)
    monkeypatch.setattr(Aws, "cloudformation", lambda aws: client)
    with Stubber(client) as stub:
        yield stub


def deploy(stub: Stubber, name: str, outputs: dict[str, str]) -> None:
    pairs = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    stack = {
        "StackName": name,
        "CreationTime": datetime(2030, 1, 1, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": pairs,
    }
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": name})


OUTPUTS = {"DeadLetterQueueUrl": URL, "EmailQueueUrl": f"{URL}=1", "StateTableName": "state"}


def test_a_stack_is_found_by_its_name(cloudformation):
    deploy(cloudformation, "prod", OUTPUTS)
    stack = find_stack(name="prod", file=None)
    assert stack.title == f"'prod' in {REGION}"
    assert (stack.dead_letter_queue_url, stack.email_queue_url) == (URL, f"{URL}=1")
    assert stack.state_table == "state"


def test_a_stack_that_does_not_exist_is_said_so_with_the_region(cloudformation):
    cloudformation.add_client_error("describe_stacks", "ValidationError")
    with pytest.raises(RelayctlError) as caught:
        find_stack(name="pro\x1bd", file=None)
    assert type(caught.value) is RelayctlError
    assert str(caught.value) == (
        "there is no stack 'pro\\x1bd' in us-east-1. "
        "Is this the right account and region (AWS_PROFILE, AWS_REGION)?"
    )


def test_a_stack_that_these_credentials_may_not_see_is_said_so(cloudformation):
    cloudformation.add_client_error("describe_stacks", "AccessDenied")
    with pytest.raises(RelayctlError) as caught:
        find_stack(name="prod", file=None)
    assert str(caught.value) == (
        "these credentials may not do cloudformation:DescribeStacks. "
        "Use others, or have that permission granted"
    )


def test_a_stack_of_something_else_is_said_so(cloudformation):
    deploy(cloudformation, "other", {"EmailQueueUrl": URL})
    with pytest.raises(RelayctlError) as caught:
        find_stack(name="other", file=None)
    assert str(caught.value) == (
        "the stack 'other' has no output DeadLetterQueueUrl, StateTableName. "
        "Is it a formarelay, and has its first deployment ended?"
    )


def test_without_any_word_the_default_file_is_read(tmp_path):
    write(tmp_path / ".local" / "stack.env", **COMPLETE)
    stack = find_stack(name=None, file=None)
    assert stack.title == "'relay' of '.local/stack.env'"
    assert stack.email_queue_url == f"{URL}=1"


def test_a_file_brings_its_own_account_whatever_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-does-not-exist")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-environment")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    stack = find_stack(name=None, file=write(tmp_path / "stack.env", **COMPLETE))
    for client in (stack.aws.sqs(), stack.aws.sqs_without_repeats(), stack.aws.dynamodb()):
        assert client.meta.endpoint_url == "http://127.0.0.1:1"
        assert client.meta.region_name == "eu-west-3"
        credentials = client._request_signer._credentials
        assert (credentials.access_key, credentials.token) == ("local", None)
        # A proxy of the caller's cannot reach this machine's loopback.
        assert client.meta.config.proxies == {}


def test_a_file_without_keys_leaves_them_to_the_usual_places(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    names = ("EMAIL_QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "STATE_TABLE", "AWS_DEFAULT_REGION")
    stack = find_stack(
        name=None, file=write(tmp_path / "stack.env", **{name: COMPLETE[name] for name in names})
    )
    client = stack.aws.sqs()
    assert client._request_signer._credentials.access_key == "of-the-environment"
    assert client.meta.endpoint_url == "https://sqs.eu-west-3.amazonaws.com"
    assert client.meta.config.proxies is None


def test_only_the_clients_that_may_repeat_do():
    aws = Aws({"AWS_DEFAULT_REGION": REGION})
    assert aws.sqs().meta.config.retries["total_max_attempts"] == 3
    assert aws.sqs_without_repeats().meta.config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://localhost:4566", True),
        ("http://127.8.8.8:1", True),
        ("http://[::1]:1", True),
        ("https://sqs.example.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_proxies_are_for_everything_but_loopback(url, is_loopback):
    client = Aws({**COMPLETE, "AWS_ENDPOINT_URL": url}).sqs()
    assert client.meta.config.proxies == ({} if is_loopback else None)


def test_no_stack_at_all_is_wrong_usage():
    with pytest.raises(UsageError) as caught:
        find_stack(name=None, file=None)
    assert type(caught.value) is UsageError
    assert str(caught.value).startswith("which stack? Give --stack NAME, or --env-file FILE;")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path, content):
    path = tmp_path / "sta\x1bck.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        find_stack(name=None, file=path)
    assert str(caught.value).endswith("sta\\x1bck.env' cannot be read")


def test_a_file_that_lacks_something_names_all_of_it(tmp_path):
    values = COMPLETE | {"STATE_TABLE": "", "EMAIL_QUEUE_URL": ""}
    with pytest.raises(UsageError) as caught:
        find_stack(name=None, file=write(tmp_path / "stack.env", **values))
    assert str(caught.value).endswith("stack.env' has no EMAIL_QUEUE_URL, STATE_TABLE")


def shown(*arguments: str) -> tuple[int, str]:
    messages = StringIO()
    around = Surroundings(
        output=Console(file=StringIO()),
        messages=Console(file=messages, width=200),
        clock=ManualClock(),
    )
    status = main(["dead-letters", "list", *arguments], around=around)
    return status, messages.getvalue()


def test_without_credentials_it_says_how_to_get_some(monkeypatch):
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    status, messages = shown("--stack", "prod")
    assert status == 1
    assert messages == (
        "error: there are no usable AWS credentials. Log in (as with `aws sso login`), choose "
        "a profile (AWS_PROFILE=...), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )


def test_without_a_region_it_says_how_to_choose_one():
    with pytest.raises(RelayctlError) as caught, explained():
        raise NoRegionError
    assert str(caught.value) == (
        "no AWS region is chosen. Set AWS_REGION, or a region in the AWS profile"
    )
    assert shown("--stack", "prod")[0] == 1


def test_a_profile_that_does_not_exist_is_said_so(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert shown("--stack", "prod") == (
        1,
        "error: the AWS profile that AWS_PROFILE names does not exist\n",
    )


def test_a_stack_that_is_down_says_what_to_look_at_and_shows_no_key(tmp_path, monkeypatch):
    # One try: the waits between more are botocore's own.
    monkeypatch.setattr("relayctl.aws._ATTEMPTS", 1)
    status, messages = shown("--env-file", str(write(tmp_path / "stack.env", **COMPLETE)))
    assert status == 1
    assert messages.splitlines()[-1] == (
        "error: AWS cannot be reached. Check the network; for the stack of `make up`, whether it "
        "still runs"
    )
    assert "hidden-key" not in messages
