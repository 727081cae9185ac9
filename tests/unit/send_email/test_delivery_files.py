"""Mail with files in S3: what the provider gets, and what a file can do to its mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formarelay.claims import MailState
from formarelay.errors import PermissionDeniedError, TransientError
from send_email.outcome import HandedBack, Sent, SetAside
from tests.support.sending import World


@pytest.fixture
def world():
    return World()


def attachment(reference):
    stored = {
        "bucket": reference.bucket,
        "key": reference.key,
        "versionId": reference.version_id,
        "sha256": reference.sha256,
    }
    return {"filename": "invoice.pdf", "contentType": "application/pdf", "s3": stored}


INLINE = {"filename": "a.txt", "content": "QUJD"}


def test_the_provider_gets_the_file_as_content(world):
    reference = world.objects.put(b"an invoice", key="2026/invoice.pdf")
    assert type(world.deliver(attachments=[INLINE, attachment(reference)])) is Sent
    (request,) = world.provider.accepted
    assert [(one.filename, one.content_type, one.content) for one in request.attachments] == [
        ("a.txt", None, "QUJD"),
        ("invoice.pdf", "application/pdf", "YW4gaW52b2ljZQ=="),
    ]


def test_a_file_that_changed_refuses_its_mail_and_a_replay_sends_it(world):
    reference = world.objects.put(b"an invoice", key="2026/invoice.pdf")
    changed = replace(reference, sha256="0" * 64)
    assert world.deliver(attachments=[attachment(changed)]) == SetAside(
        reason="attachment_changed", detail="attachments[0].s3: the object is another"
    )
    assert world.entry.state is MailState.REFUSED
    assert world.entry.attempts == 0
    assert world.provider.accepted == []
    assert type(world.deliver(attachments=[attachment(reference)])) is Sent


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (TransientError("s3 is down"), "attachments_unavailable", 10.0),
        (PermissionDeniedError("no right", status=403), "attachments_forbidden", 300.0),
    ],
)
def test_a_file_that_cannot_be_read_now_costs_no_attempt_and_closes_no_gate(
    world, error, reason, seconds
):
    reference = world.objects.put(b"an invoice", key="2026/invoice.pdf")
    world.objects.error = error
    outcome = world.deliver(attachments=[attachment(reference)])
    assert outcome == HandedBack(reason=reason, wait_seconds=seconds, error=str(error))
    assert (world.entry.state, world.entry.attempts) == (MailState.OPEN, 0)
    assert world.limiter.reserve(1).granted == 1
    world.objects.error = None
    assert type(world.deliver(attachments=[attachment(reference)])) is Sent


def test_no_call_is_made_when_the_files_took_the_time(world):
    reference = world.objects.put(b"an invoice", key="2026/invoice.pdf")
    fetch = world.objects.fetch

    def slow(asked):
        world.remaining_seconds = 10.0
        return fetch(asked)

    world.objects.fetch = slow
    assert world.deliver(attachments=[attachment(reference)]) == HandedBack(
        reason="no_time", wait_seconds=0
    )
    assert world.provider.accepted == []
