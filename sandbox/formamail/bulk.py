"""`POST emails/send/bulk`: one request, many mails, and none of their ids in the answer."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from sandbox.clock import iso_milliseconds
from sandbox.exchange import Call, Reply
from sandbox.formamail.bulk_request import BulkMail, BulkRequest, parse_bulk
from sandbox.formamail.envelope import RefusalError, enveloped
from sandbox.formamail.generated_limits import check_generated
from sandbox.formamail.sending import Sending


@dataclass(frozen=True, slots=True)
class Bulk:
    """Accepts batches as a whole: what one mail is refused for, all are."""

    sending: Sending

    def send(self, call: Call) -> Reply:
        """Accept a batch, or with `dryRun` only say that it would be.

        Raises:
            RefusalError: Nothing was accepted.
        """
        profile = self.sending.profile.current
        request = parse_bulk(call.body, profile=profile)
        mails = self._admissible(request)
        attachments = sum(mail.generated_attachments for mail in mails)
        check_generated(attachments, profile=profile)
        blocked = {address.lower(): reason for address, reason in profile.suppressed.items()}
        units = sum(mail.address.lower() not in blocked for mail in mails)
        self.sending.check_quota(units, attachment_units=attachments, profile=profile)
        if not request.dry_run:
            for mail in mails:
                self._accept(mail, request, call=call, blocked=blocked)
        return enveloped(
            profile.bulk_status, _receipt(request, total=len(mails), call=call), profile=profile
        )

    def _admissible(self, request: BulkRequest) -> list[BulkMail]:
        profile = self.sending.profile.current
        admissible = []
        for mail in request.mails:
            try:
                self.sending.template_for(request.template_ref, mail.variables, profile=profile)
            except RefusalError as refusal:
                if profile.bulk_bad_recipient == "refuse" or refusal.status != 422:
                    raise
            else:
                admissible.append(mail)
        return admissible

    def _accept(
        self, mail: BulkMail, request: BulkRequest, *, call: Call, blocked: dict[str, str]
    ) -> None:
        reason = blocked.get(mail.address.lower())
        suppressed = {"email": mail.address, "reason": reason, "source": "suppression_list"}
        self.sending.accept(
            json.dumps(mail.body).encode("ascii"),
            to=(mail.address,),
            template_ref=request.template_ref,
            call=call,
            scheduled_at=request.scheduled_at,
            email_units=int(reason is None),
            attachment_units=mail.generated_attachments,
            blocked=[] if reason is None else [{k: str(v) for k, v in suppressed.items()}],
            rejected=reason is not None,
        )


def _receipt(request: BulkRequest, *, total: int, call: Call) -> dict[str, object]:
    scheduled = request.scheduled_at is not None and request.scheduled_at > call.arrived_at
    done = "Batch is valid, nothing was sent" if request.dry_run else "Batch accepted"
    receipt: dict[str, object] = {
        "batchId": f"batch_{uuid.uuid4()}",
        "status": "scheduled" if scheduled else "queued",
        "totalEmails": total,
        "message": done,
        "createdAt": iso_milliseconds(call.arrived_at),
    }
    if request.scheduled_at is not None:
        receipt["scheduledAt"] = iso_milliseconds(request.scheduled_at)
    return receipt
