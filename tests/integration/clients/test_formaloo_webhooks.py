"""Form webhooks of Formaloo's client, and a delivery, against the sandbox."""

from __future__ import annotations

import pytest

from formarelay.errors import NotFoundError
from formarelay.formaloo.deliveries import read_event
from formarelay.redact import Secret
from tests.contract.sandbox.webhook_receiver import Receiver

SECRET = Secret("shared-secret")


def test_a_webhook_is_made_read_changed_tried_and_ended(forms, workspace):
    form = workspace["forms"][0]["slug"]
    with Receiver() as receiver:
        made = forms.webhooks.create(form, receiver.url, secret=SECRET, title="t")
        assert (made.url, made.title, made.active) == (receiver.url, "t", True)
        assert made.secret.reveal() == SECRET.reveal()
        assert forms.webhooks.list(form) == (made,)
        assert forms.webhooks.get(form, made.slug) == made

        forms.webhooks.send_test(form, made.slug)
        (received,) = receiver.wait_for(1)

    event = read_event(received.body, received.headers["X-Formaloo-Token"], secret=SECRET)
    assert (event.type, event.row.slug) == ("form_submit", workspace["forms"][0]["rows"][-1])
    assert forms.webhooks.sample(form, made.slug)["slug"] == event.row.slug
    assert forms.webhooks.update(form, made.slug, active=False).active is False

    forms.webhooks.delete(form, made.slug)
    assert forms.webhooks.list(form) == ()
    with pytest.raises(NotFoundError):
        forms.webhooks.get(form, made.slug)
