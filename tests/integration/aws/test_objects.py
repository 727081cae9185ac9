"""One suite for both stores of files: the fake that unit tests trust, and the one in S3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formarelay.errors import AttachmentRefusedError
from tests.support.aws import fake_aws
from tests.support.fake_objects import FakeObjects
from tests.support.s3 import S3Files

CONTENT = b"%PDF-1.7 an invoice"
KEY = "2026/invoice.pdf"


@pytest.fixture(params=["fake", "s3"])
def files(request):
    if request.param == "fake":
        yield FakeObjects(maximum_bytes=1000)
        return
    with fake_aws():
        yield S3Files(maximum_bytes=1000)


@pytest.fixture(params=["size", "fetch"])
def ask(request, files):
    """Either question, for what must be the same for both."""
    return getattr(files, request.param)


def refusal(ask, reference):
    with pytest.raises(AttachmentRefusedError) as caught:
        ask(reference)
    assert type(caught.value) is AttachmentRefusedError
    return caught.value.reason


def test_a_file_is_measured_and_read(files):
    reference = files.put(CONTENT, key=KEY)
    assert files.size(reference) == 19
    assert files.fetch(reference) == CONTENT


def test_the_version_that_the_message_names_is_read_though_a_newer_one_exists(files):
    reference = files.put(CONTENT, key=KEY)
    newer = files.put(b"a newer invoice of more bytes", key=KEY)
    assert files.size(reference) == 19
    assert files.fetch(reference) == CONTENT
    assert files.size(newer) == 29


def test_another_content_is_refused(files):
    reference = files.put(CONTENT, key=KEY)
    assert refusal(files.fetch, replace(reference, sha256="0" * 64)) == "attachment_changed"


def test_a_swapped_version_is_refused(files):
    reference = files.put(CONTENT, key=KEY)
    other = files.put(b"another content", key=KEY)
    swapped = replace(reference, version_id=other.version_id)
    assert refusal(files.fetch, swapped) == "attachment_changed"


def test_another_bucket_is_refused(files, ask):
    reference = files.put(CONTENT, key=KEY)
    assert refusal(ask, replace(reference, bucket="secrets")) == "attachment_not_allowed"


def test_a_missing_object_or_version_is_refused(files, ask):
    reference = files.put(CONTENT, key=KEY)
    assert refusal(ask, replace(reference, key="2026/none.pdf")) == "attachment_missing"
    assert refusal(ask, replace(reference, version_id="none")) == "attachment_missing"


def test_an_empty_file_is_refused_as_an_empty_content_is(files, ask):
    assert refusal(ask, files.put(b"", key=KEY)) == "attachment_empty"


def test_the_largest_size_is_taken_and_one_byte_more_refused(files, ask):
    ask(files.put(b"x" * 1000, key=KEY))
    assert refusal(ask, files.put(b"x" * 1001, key=KEY)) == "attachment_too_large"
