"""Where files may be attached from, what is said of the refused, and when S3 is asked."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from formarelay.aws.objects import ObjectStore
from formarelay.errors import AttachmentRefusedError, SettingsError, TransientError
from tests.support.aws import fake_aws
from tests.support.fake_objects import Reference
from tests.support.s3 import ALLOWED, S3Files

CONTENT = b"%PDF-1.7 an invoice"
KEY = "2026/ada@example.com.pdf"


@pytest.fixture(autouse=True)
def aws():
    with fake_aws():
        yield


@pytest.fixture
def files():
    return S3Files(maximum_bytes=1000)


@pytest.fixture(params=["size", "fetch"])
def ask(request, files):
    return getattr(files, request.param)


def refusal(ask, reference):
    with pytest.raises(AttachmentRefusedError) as caught:
        ask(reference)
    assert type(caught.value) is AttachmentRefusedError
    assert "invoices" not in str(caught.value)
    assert "ada" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.reason, str(caught.value)


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("secrets", KEY),
        ("invoices", "2025/old.pdf"),
        ("invoices", "/2026/a.pdf"),
        ("invoices", "2026"),
        ("invoices-2", "2026/a.pdf"),
    ],
)
def test_other_places_are_refused_without_asking_s3(files, ask, bucket, key):
    assert refusal(ask, Reference(bucket, key, "v", "0" * 64)) == (
        "attachment_not_allowed",
        "the object is not where files may be attached from",
    )
    assert files.clients_made == 0


def test_without_a_list_no_place_is_allowed():
    files = S3Files(maximum_bytes=1000, allowed=["", " "])
    reference = files.put(CONTENT, key=KEY)
    assert refusal(files.size, reference)[0] == "attachment_not_allowed"
    assert files.clients_made == 0


def test_all_places_of_the_list_are_allowed():
    other = ["arn:aws-cn:s3:::other", "arn:aws-cn:s3:::other/*", "arn:aws-cn:s3:::other/a*"]
    files = S3Files(maximum_bytes=1000, allowed=[*ALLOWED, *other])
    assert files.fetch(files.put(CONTENT, key=KEY)) == CONTENT
    elsewhere = Reference("other", "any/key", "v", "0" * 64)
    assert refusal(files.size, elsewhere)[0] == "attachment_missing"


@pytest.mark.parametrize(
    ("arns", "complaint"),
    [
        (["invoices"], "look at number 1"),
        (["", *ALLOWED, "arn:aws:s3:::invoices/*/x*"], "look at number 3"),
        (["arn:aws:s3:::invoices", "arn:aws:s3:::invoices/a.pdf"], "look at number 2"),
        (["arn:aws:s3:::invoices", "arn:aws:s3:::invoices/${aws:username}*"], "look at number 2"),
        (["arn:aws:s3:::*", "arn:aws:s3:::*/*"], "look at number 1"),
        (["arn:aws:s3:::invoices"], "see invoices"),
        (["arn:aws:s3:::other", *ALLOWED, "arn:aws:s3:::third/*"], "see other, third"),
    ],
)
def test_a_list_that_does_not_say_what_it_means_fails_at_start(arns, complaint):
    with pytest.raises(SettingsError) as caught:
        ObjectStore(lambda: pytest.fail("no client is needed"), allowed=arns, maximum_bytes=1)
    assert type(caught.value) is SettingsError
    assert str(caught.value).endswith(complaint)


def test_a_deleted_version_marker_or_bucket_is_missing(files, ask):
    reference = files.put(CONTENT, key=KEY)
    missing = ("attachment_missing", "the object does not exist in that version")
    assert refusal(ask, replace(reference, version_id="none")) == missing
    marker = files.client.delete_object(Bucket="invoices", Key=KEY)["VersionId"]
    ask(reference)
    assert refusal(ask, replace(reference, version_id=marker)) == missing
    for version_id in (reference.version_id, marker):
        files.client.delete_object(Bucket="invoices", Key=KEY, VersionId=version_id)
    files.client.delete_bucket(Bucket="invoices")
    assert refusal(ask, reference) == missing


def test_what_is_said_of_a_refused_file_names_no_file(files):
    reference = files.put(b"x" * 1001, key=KEY)
    assert refusal(files.size, reference) == (
        "attachment_too_large",
        "the object has 1001 bytes; at most 1000 fit into a mail",
    )
    assert refusal(files.fetch, files.put(b"", key=KEY)) == (
        "attachment_empty",
        "the object is empty",
    )
    changed = replace(files.put(CONTENT, key=KEY), sha256="0" * 64)
    assert refusal(files.fetch, changed) == (
        "attachment_changed",
        "the object's SHA-256 is not the one that the message names",
    )


def test_a_file_larger_than_a_chunk_is_read_whole():
    content = bytes(range(256)) * 3000
    files = S3Files(maximum_bytes=len(content))
    assert files.fetch(files.put(content, key=KEY)) == content


def test_exactly_the_version_is_asked_for(files):
    address = {"Bucket": "invoices", "Key": KEY, "VersionId": "v1"}
    with Stubber(files.client) as stub:
        stub.add_response("head_object", {"ContentLength": 7}, address)
        assert files.size(Reference("invoices", KEY, "v1", "0" * 64)) == 7
        stub.assert_no_pending_responses()


def test_the_client_is_made_once_and_only_when_a_file_is_asked_for(files):
    reference = files.put(CONTENT, key=KEY)
    assert files.clients_made == 0
    barrier = threading.Barrier(4)
    read = []

    def fetch() -> None:
        barrier.wait()
        read.append(files.fetch(reference))

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [CONTENT] * 4
    assert files.clients_made == 1


def test_a_client_that_cannot_be_made_is_made_later(files):
    reference = files.put(CONTENT, key=KEY)
    outcomes = iter([EndpointConnectionError(endpoint_url="https://credentials"), files.client])

    def make():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    store = ObjectStore(make, allowed=ALLOWED, maximum_bytes=1000)
    with pytest.raises(TransientError) as caught:
        store.fetch(reference)
    assert type(caught.value) is TransientError
    assert store.fetch(reference) == CONTENT
