"""Files of S3 for one mail: what fits, what is asked for, and what a failure means."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from formarelay.claims import MailState
from formarelay.errors import AttachmentRefusedError, PermissionDeniedError, TransientError
from formarelay.formamail.models import Attachment, Recipient, SendRequest
from formarelay.http.request import encode_json
from formarelay.message import parse_message
from send_email.outcome import HandedBack, SetAside
from send_email.stored_files import (
    MAXIMUM_BODY_BYTES,
    MAXIMUM_FILE_BYTES,
    MEMORY_BYTES,
    NoRoomError,
    StoredFiles,
    files_verdict,
)
from send_email.verdict import Verdict
from tests.support.fake_objects import FakeObjects

REQUEST = SendRequest(template_id="invoice", to=(Recipient(email="ada@example.com"),))
INLINE = {"filename": "a.txt", "content": "QUJD"}


@pytest.fixture
def source():
    return FakeObjects()


def attachment(reference):
    return {
        "filename": "invoice.pdf",
        "s3": {
            "bucket": reference.bucket,
            "key": reference.key,
            "versionId": reference.version_id,
            "sha256": reference.sha256,
        },
    }


def stored(source, key, content=b"x", *, size=None):
    """A file in the source, as a message refers to it; `size` is what the source says of it."""
    if size is not None:
        source.sizes[key] = size
    return attachment(source.put(content, key=key))


def message(*attachments):
    document = {
        "templateId": "invoice",
        "to": [{"email": "ada@example.com"}],
        "attachments": list(attachments),
    }
    return parse_message(json.dumps(document), message_id="m-1")


def contents(files, *attachments, request=REQUEST, questions=1000):
    """What a mail gets while time suffices for so many questions."""
    left = iter(range(questions))
    with files.contents(
        message(*attachments), request, may_go_on=lambda: next(left, None) is not None
    ) as given:
        return dict(given)


def refusal(files, *attachments, request=REQUEST):
    with pytest.raises(AttachmentRefusedError) as caught:
        contents(files, *attachments, request=request)
    assert type(caught.value) is AttachmentRefusedError
    return caught.value.reason, str(caught.value)


def test_a_mail_without_stored_files_asks_nobody(source):
    assert contents(StoredFiles(source), INLINE, questions=0) == {}
    assert contents(StoredFiles(source), questions=0) == {}
    assert source.asked == []


def test_a_mail_without_stored_files_is_not_measured(source):
    large = SendRequest(template_id="t", to=(), variables={"text": "x" * MAXIMUM_BODY_BYTES})
    assert contents(StoredFiles(source), INLINE, request=large) == {}


def test_each_stored_file_is_given_as_base64_under_the_index_of_its_attachment(source):
    first, third = stored(source, "a", b"first"), stored(source, "b", b"\xff\xfe\x00")
    assert contents(StoredFiles(source), first, INLINE, third) == {0: "Zmlyc3Q=", 2: "//4A"}


def test_all_sizes_are_asked_for_before_a_file_is_read(source):
    contents(StoredFiles(source), stored(source, "a"), stored(source, "b"))
    assert source.asked == ["size a", "size b", "fetch a", "fetch b"]


def bytes_beside_files(request):
    """What the request counts beside its files, read from the text of a refusal."""
    source = FakeObjects(maximum_bytes=MAXIMUM_BODY_BYTES)
    large = stored(source, "a", size=MAXIMUM_BODY_BYTES)
    _, text = refusal(StoredFiles(source), large, request=request)
    return int(re.search(r"has (\d+) bytes", text)[1]) - (MAXIMUM_BODY_BYTES + 2) // 3 * 4


def test_a_mail_of_just_the_providers_size_goes_and_one_byte_more_is_refused_unread(source):
    groups, unused = divmod(MAXIMUM_BODY_BYTES - bytes_beside_files(REQUEST), 4)
    fitting = stored(source, "a", size=groups * 3)
    assert contents(StoredFiles(source), fitting) == {0: "eA=="}
    source.sizes["a"] += 1
    source.asked.clear()
    shown = 10_000_004 - unused
    assert refusal(StoredFiles(source), fitting) == (
        "attachment_too_large",
        f"with its files as base64 the mail has {shown} bytes; the provider takes 10000000",
    )
    assert source.asked == ["size a"]


def test_files_that_fit_alone_are_refused_unread_when_they_do_not_fit_together(source):
    first, second = (stored(source, key, size=4_000_000) for key in "ab")
    files = StoredFiles(source)
    contents(files, first)
    contents(files, second)
    source.asked.clear()
    assert refusal(files, first, second)[0] == "attachment_too_large"
    assert source.asked == ["size a", "size b"]


def test_no_file_fits_that_is_larger_than_the_largest():
    source = FakeObjects(maximum_bytes=MAXIMUM_BODY_BYTES)
    larger = stored(source, "a", size=MAXIMUM_FILE_BYTES + 1)
    assert refusal(StoredFiles(source), larger)[0] == "attachment_too_large"
    assert (MAXIMUM_BODY_BYTES, MAXIMUM_FILE_BYTES) == (10_000_000, 7_500_000)


@pytest.mark.parametrize(
    "request_of",
    [
        lambda text: SendRequest(template_id="t", to=(), variables={"text": text}),
        lambda text: SendRequest(template_id="t", to=(), metadata={"text": text}),
        lambda text: SendRequest(template_id="t", to=(Recipient(email="a@b.c", name=text),)),
        lambda text: SendRequest(
            template_id="t", to=(), attachments=(Attachment(filename="x", content=text),)
        ),
    ],
)
def test_everything_else_in_the_request_counts_by_its_bytes(request_of):
    assert bytes_beside_files(request_of("ä" * 1000)) == (
        bytes_beside_files(request_of("")) + 2 * 1000
    )


def test_the_count_is_never_below_what_the_client_sends():
    everything = SendRequest(
        template_id="t",
        to=(Recipient(email="a@b.c", name="Ä"),) * 20,
        variables={"list": [1, 2.5, None, True, {"deep": '"\\\n'}]},
        cc=(Recipient(email="d@e.f"),),
        reply_to="r@e.f",
        priority="high",
        scheduled_at=datetime(2030, 1, 1, tzinfo=UTC),
        headers={"X-A": "b"},
        tags=("t",),
        metadata={"relayId": "1", "n": 1},
        attachments=(Attachment(filename="x", content="QUJD"), Attachment(filename="y")),
    )
    sent = len(encode_json(msgspec.to_builtins(everything)))
    assert sent <= bytes_beside_files(everything) <= sent + 3000


@pytest.mark.parametrize("odd", [object(), {1j}, "\ud800"])
def test_what_has_no_json_form_is_left_to_the_client_to_refuse(source, odd):
    request = SendRequest(template_id="t", to=(), variables={"odd": odd})
    assert contents(StoredFiles(source), stored(source, "a"), request=request) == {0: "eA=="}


def test_a_refused_file_is_named_by_its_place_in_the_message(source):
    good, bad = source.put(b"good", key="a"), replace(source.put(b"bad", key="b"), sha256="0" * 64)
    assert refusal(StoredFiles(source), attachment(good), INLINE, attachment(bad)) == (
        "attachment_changed",
        "attachments[2].s3: the object is another",
    )
    missing = attachment(replace(good, version_id="none"))
    assert refusal(StoredFiles(source), missing) == (
        "attachment_missing",
        "attachments[0].s3: the object does not exist",
    )


@pytest.mark.parametrize(
    "error", [TransientError("s3 is down"), PermissionDeniedError("no right", status=403)]
)
def test_what_is_not_the_messages_fault_leaves_as_it_came(source, error):
    source.error = error
    with pytest.raises(type(error)) as caught:
        contents(StoredFiles(source), stored(source, "a"))
    assert caught.value is error


@pytest.mark.parametrize("questions", range(4))
def test_no_question_is_asked_that_there_is_no_time_for(source, questions):
    attachments = [stored(source, "a"), stored(source, "b")]
    with pytest.raises(TransientError) as caught:
        contents(StoredFiles(source), *attachments, questions=questions)
    assert type(caught.value) is TransientError
    assert str(caught.value) == "no time is left to fetch the mail's files"
    assert len(source.asked) == questions


class TestMemory:
    """Files of all mails together stay within their memory."""

    def test_two_of_the_largest_mails_fit_at_once_and_a_third_waits_unread(self, source):
        files = StoredFiles(source)
        large = message(stored(source, "large", size=7_400_000))
        small = stored(source, "small", size=300)

        def held():
            return files.contents(large, REQUEST, may_go_on=lambda: True)

        with held():
            with held():
                source.asked.clear()
                with pytest.raises(NoRoomError) as caught, held():
                    pass
                assert type(caught.value) is NoRoomError
                assert source.asked == ["size large"]
                assert contents(files, small) == {0: "eA=="}
            with held():
                pass
        assert MEMORY_BYTES == 20_000_000

    def test_memory_is_free_again_however_it_ends(self, source):
        files = StoredFiles(source)
        large = stored(source, "large", size=7_400_000)
        for _ in range(3):
            with (
                pytest.raises(ZeroDivisionError),
                files.contents(message(large), REQUEST, may_go_on=lambda: True),
            ):
                raise ZeroDivisionError
            with pytest.raises(TransientError):
                contents(files, large, questions=1)
        assert contents(files, large) == {0: "eA=="}

    def test_a_memory_that_the_largest_mail_does_not_fit_into_is_a_mistake(self, source):
        with pytest.raises(ValueError, match="must have room"):
            StoredFiles(source, memory_bytes=MAXIMUM_BODY_BYTES - 1)


def test_a_refused_file_refuses_the_mail_and_costs_no_attempt():
    error = AttachmentRefusedError("attachment_missing", "attachments[0].s3: it does not exist")
    assert files_verdict(error) == Verdict(
        state=MailState.REFUSED,
        outcome=SetAside(
            reason="attachment_missing", detail="attachments[0].s3: it does not exist", attempts=0
        ),
        attempt_counts=False,
    )


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (TransientError("s3 is down"), "attachments_unavailable", 10.0),
        (NoRoomError("full"), "attachments_no_room", 10.0),
        (PermissionDeniedError("no right", status=403), "attachments_forbidden", 300.0),
    ],
)
def test_everything_else_is_handed_back_and_closes_no_gate(error, reason, seconds):
    assert files_verdict(error) == Verdict(
        state=MailState.OPEN,
        outcome=HandedBack(reason=reason, wait_seconds=seconds, error=str(error)),
        attempt_counts=False,
        gate_seconds=0.0,
    )
