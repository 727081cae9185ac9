"""Did the provider accept a mail whose call got no trustworthy answer?"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from formarelay.claims import MailIdentity
from formarelay.errors import PermanentError, PermissionDeniedError
from formarelay.identity import RELAY_ID_KEY
from formarelay.message import EmailMessage
from send_email.reserved_call import MailCall


class Found(Struct, frozen=True):
    """It did; this is the mail."""

    email_id: str


class Absent(Struct, frozen=True):
    """It did not, as far as its list shows."""


class Unprovable(Struct, frozen=True):
    """The list cannot tell; only a person can."""

    reason: str


def look_up(
    provider: MailCall, mail: MailIdentity, message: EmailMessage, *, since: float
) -> Found | Absent | Unprovable:
    """Searches the provider's list for the mail's relay id.

    The list is asked by recipient and time only: whether its template filter knows a template by
    every name that a send accepts is undocumented, and a wrong "absent" would send a mail twice.

    Raises:
        TransientError, CredentialError: The list cannot be read now.
    """
    unmarked = 0
    try:
        for email in provider.list_emails(
            recipient=message.to[0].email, date_from=datetime.fromtimestamp(since, UTC)
        ):
            if email.metadata.get(RELAY_ID_KEY) == mail.relay_id:
                return Found(email.id)
            unmarked += RELAY_ID_KEY not in email.metadata and email.template_id in (
                "",
                message.template_id,
            )
    except PermissionDeniedError:
        return Unprovable("the API key lacks emails:read, so the provider's list is closed to us")
    except PermanentError as error:
        return Unprovable(f"the provider's list refuses the question: {error}")
    if unmarked:
        return Unprovable(
            f"the provider lists {unmarked} mails to this recipient without their metadata, "
            "and one of them may be this mail"
        )
    return Absent()
