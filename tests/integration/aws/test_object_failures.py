"""What S3 can do instead of giving a file, sorted by whose fault it is."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from formarelay.errors import AttachmentRefusedError, PermissionDeniedError, TransientError
from tests.support.aws import fake_aws
from tests.support.fake_objects import Reference
from tests.support.s3 import S3Files

CONTENT = b"%PDF-1.7 an invoice"
KEY = "2026/ada@example.com.pdf"
REFERENCE = Reference("invoices", KEY, "v1", hashlib.sha256(CONTENT).hexdigest())
LATER = "the object cannot be read now"


@pytest.fixture
def files():
    with fake_aws():
        yield S3Files(maximum_bytes=1000)


@pytest.fixture
def stub(files):
    with Stubber(files.client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def refusal(ask):
    with pytest.raises(AttachmentRefusedError) as caught:
        ask(REFERENCE)
    assert type(caught.value) is AttachmentRefusedError
    return caught.value.reason


def transient(ask):
    with pytest.raises(TransientError) as caught:
        ask(REFERENCE)
    assert type(caught.value) is TransientError
    # botocore's texts quote addresses that hold the key.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return str(caught.value)


class Body(BytesIO):
    """Notes how much was read of it."""

    taken = 0

    def read(self, size=-1):
        part = super().read(size)
        self.taken += len(part)
        return part


def given(stub, body, *, length):
    stub.add_response(
        "get_object",
        {"ContentLength": length, "Body": StreamingBody(body, content_length=length)},
    )


def test_a_file_of_a_gigabyte_is_refused_unread(files, stub):
    stub.add_response("head_object", {"ContentLength": 2**30})
    assert refusal(files.size) == "attachment_too_large"
    body = Body(CONTENT)
    given(stub, body, length=2**30)
    assert refusal(files.fetch) == "attachment_too_large"
    assert (body.taken, body.closed) == (0, True)


class Endless(Body):
    def read(self, size=-1):
        self.taken += size
        assert self.taken < 10**7, "the reader does not stop"
        return b"x" * size


def test_a_body_longer_than_it_says_is_cut_off_and_let_go(files, stub):
    body = Endless()
    given(stub, body, length=10)
    assert refusal(files.fetch) == "attachment_too_large"
    assert (body.taken, body.closed) == (256 * 1024, True)


def test_a_body_shorter_than_it_says_is_asked_for_again_later(files, stub):
    given(stub, Body(b"half"), length=19)
    assert transient(files.fetch) == f"s3 GetObject: {LATER}"


class Stalled(Body):
    def read(self, size=-1):
        raise ReadTimeoutError(endpoint_url=f"https://s3/invoices/{KEY}", error=None)


def test_a_body_that_stalls_is_asked_for_again_later(files, stub):
    body = Stalled()
    given(stub, body, length=19)
    assert transient(files.fetch) == f"s3 GetObject: {LATER}"
    assert body.closed


def test_a_body_that_was_read_is_let_go(files, stub):
    body = Body(CONTENT)
    given(stub, body, length=19)
    assert files.fetch(REFERENCE) == CONTENT
    assert body.closed


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("InternalError", 500),
        ("RequestTimeout", 400),
        ("ExpiredToken", 400),
        ("KMS.DisabledException", 400),
        ("PermanentRedirect", 301),
    ],
)
def test_what_is_not_known_to_be_final_may_pass(files, stub, code, status):
    stub.add_client_error("get_object", code, http_status_code=status)
    assert transient(files.fetch) == f"s3 GetObject {code}: {LATER}"


def test_an_outage_without_a_reason_may_pass(files, stub):
    stub.add_client_error("head_object", "503", http_status_code=503)
    assert transient(files.size) == f"s3 HeadObject 503: {LATER}"


@pytest.mark.parametrize("name", ["size", "fetch"])
def test_an_unreachable_s3_may_pass(files, name, monkeypatch):
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url=f"https://s3/invoices/{KEY}")

    monkeypatch.setattr(files.client, "head_object", unreachable)
    monkeypatch.setattr(files.client, "get_object", unreachable)
    assert transient(getattr(files, name)).endswith(LATER)


@pytest.mark.parametrize(
    ("name", "operation", "code", "shown"),
    [
        ("fetch", "get_object", "AccessDenied", "s3 GetObject 403 AccessDenied"),
        ("size", "head_object", "403", "s3 HeadObject 403"),
    ],
)
def test_a_403_is_the_deployments_fault(files, stub, name, operation, code, shown):
    denial = f"User: arn:aws:sts::1:x is not authorized on arn:aws:s3:::invoices/{KEY}"
    stub.add_client_error(operation, code, denial, http_status_code=403)
    with pytest.raises(PermissionDeniedError) as caught:
        getattr(files, name)(REFERENCE)
    assert type(caught.value) is PermissionDeniedError
    assert str(caught.value) == (
        f"{shown}: the function may not read an object in a place that is allowed: "
        "look at its role, the bucket's policy and the bucket's KMS key"
    )
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("InvalidObjectState", 403, "attachment_unreadable"),
        ("InvalidRequest", 400, "attachment_unreadable"),
        ("NoSuchKey", 404, "attachment_missing"),
        ("MethodNotAllowed", 405, "attachment_missing"),
        ("KeyTooLongError", 400, "attachment_missing"),
    ],
)
def test_what_no_repeat_changes_is_refused(files, stub, code, status, reason):
    stub.add_client_error("get_object", code, http_status_code=status)
    assert refusal(files.fetch) == reason


class TestSizeWithoutAReason:
    """HEAD answers 400 without a body: one byte is asked for, to learn why."""

    @pytest.fixture(autouse=True)
    def without_a_reason(self, stub):
        stub.add_client_error("head_object", "400", http_status_code=400)

    @pytest.fixture
    def explained(self, stub):
        address = {"Bucket": "invoices", "Key": KEY, "VersionId": "v1", "Range": "bytes=0-0"}

        def explain(code, status):
            stub.add_client_error(
                "get_object", code, http_status_code=status, expected_params=address
            )

        return explain

    def test_a_malformed_version_is_refused(self, files, explained):
        explained("InvalidArgument", 400)
        assert refusal(files.size) == "attachment_missing"

    def test_an_expired_session_of_ours_is_not_the_messages_fault(self, files, explained):
        explained("ExpiredToken", 400)
        assert transient(files.size) == f"s3 HeadObject ExpiredToken: {LATER}"

    def test_an_object_that_is_there_after_all_is_asked_for_again_later(self, files, stub):
        body = Body(b"%")
        given(stub, body, length=1)
        assert transient(files.size) == f"s3 HeadObject 400: {LATER}"
        assert (body.taken, body.closed) == (0, True)

    def test_an_s3_that_is_gone_by_then_may_pass(self, files, monkeypatch):
        def unreachable(**_):
            raise EndpointConnectionError(endpoint_url=f"https://s3/invoices/{KEY}")

        monkeypatch.setattr(files.client, "get_object", unreachable)
        assert transient(files.size) == f"s3 HeadObject: {LATER}"
