"""What a replay of a dead letter would do, decided from its body, its facts and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from formarelay.aws.ledger_reader import LedgerEntry
from formarelay.claims import MailIdentity, MailState
from formarelay.errors import MalformedMessageError
from formarelay.identity import identify
from formarelay.message import parse_message
from relayctl.dead_letters.letter import OUTCOME_UNKNOWN, DeadLetter

# A body with less room than this beside it, of the 1 MiB that SQS takes, may have been set aside
# without its facts: four of 512 characters, each of up to four bytes, and their names.
_ROOM_FOR_FACTS_BYTES = 16 * 1024
_MAXIMUM_MESSAGE_BYTES = 1024 * 1024


class Fate(StrEnum):
    """What a replay leads to.

    WOULD_SEND: one call of the provider.
    ALREADY_SENT: nothing; the ledger knows that the provider accepted it.
    UNKNOWN: a look-up at the provider, and a call only if the mail is not found there.
    UNPROVABLE: a call, though the mail may have been accepted: nothing would recognise it.
    IN_FLIGHT: waiting; a worker is calling the provider for it at this moment.
    EXPIRED: nothing; its `expiresAt` has passed.
    MALFORMED: it comes back; its body breaks the contract.
    CONFLICTING: it comes back; its key was used for a mail with other content.
    REPEATED: what comes of another letter of this run, which is, or may be, the same mail.
    """

    WOULD_SEND = "would send"
    ALREADY_SENT = "already sent"
    UNKNOWN = "unknown"
    UNPROVABLE = "unprovable"
    IN_FLIGHT = "in flight"
    EXPIRED = "expired"
    MALFORMED = "still malformed"
    CONFLICTING = "conflicting"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A fate and its cause.

    Args:
        fate: What a replay leads to.
        because: Why, in a few words.
        email_id: The provider's id, where the ledger has it.
        settled: The ledger has recorded the mail's end: no replay changes anything any more.
    """

    fate: Fate
    because: str
    email_id: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The mail that a letter asks for.

    Args:
        identity: As a replay has it, if `has_key`. Without a key it is made from the message id,
            so it is that of earlier deliveries only if SQS itself moved the letter, and never
            that of a replay, because SQS gives a new id to everything that is put on a queue.
        has_key: Whether the producer named the mail.
        expires_at: Unix seconds after which it is not sent.
    """

    identity: MailIdentity
    has_key: bool
    expires_at: float | None


def read(letter: DeadLetter) -> Mail | Explanation:
    """The mail, or the explanation that there is none."""
    try:
        message = parse_message(letter.body, message_id=letter.message_id)
    except MalformedMessageError as error:
        return Explanation(fate=Fate.MALFORMED, because=f"{error.reason}: {error.detail}")
    return Mail(
        identity=identify(message),
        has_key=message.idempotency_key is not None,
        expires_at=message.expires_at.timestamp() if message.expires_at else None,
    )


def explain(
    letter: DeadLetter, mail: Mail, entry: LedgerEntry | None, *, now: float
) -> Explanation:
    """What a replay would do.

    Args:
        letter: From the dead-letter queue.
        mail: What `read` made of it.
        entry: What the ledger holds under the mail's identity.
        now: Unix seconds.
    """
    found = _unrecorded(letter, mail) if entry is None else _recorded(mail, entry, now=now)
    if found.fate is not Fate.WOULD_SEND:
        return found
    if mail.expires_at is not None and mail.expires_at <= now:
        # Not settled: this machine's clock decides nothing that the ledger has not recorded.
        return Explanation(
            fate=Fate.EXPIRED, because="its expiresAt has passed; a replay records that"
        )
    if not mail.has_key:
        because = "no idempotency key: not recognised as sent before"
        return Explanation(fate=Fate.WOULD_SEND, because=f"{found.because}; {because}")
    return found


def _unrecorded(letter: DeadLetter, mail: Mail) -> Explanation:
    if not _may_have_been_accepted(letter, mail):
        because = f"set aside as {letter.reason}" if letter.reason else "no call is recorded"
        return Explanation(fate=Fate.WOULD_SEND, because=because)
    because = (
        "the ledger has no entry for its key: another table, or older than its memory"
        if mail.has_key
        else "it has no idempotency key to be recognised by"
    )
    return Explanation(fate=Fate.UNPROVABLE, because=f"it may have been sent, and {because}")


def _may_have_been_accepted(letter: DeadLetter, mail: Mail) -> bool:
    """Whether the lack of an entry proves nothing.

    Everything that is set aside is proven not to have been accepted, but for one reason. A mail
    with a key, or one that SQS itself moved here, would have its entry if it had ever been called.
    """
    if letter.reason:
        return letter.reason == OUTCOME_UNKNOWN
    if mail.has_key or letter.moved_by_sqs:
        return False
    room_bytes = _MAXIMUM_MESSAGE_BYTES - len(letter.body.encode(errors="replace"))
    return room_bytes < _ROOM_FOR_FACTS_BYTES


def _recorded(mail: Mail, entry: LedgerEntry, *, now: float) -> Explanation:
    state = entry.state
    # A refused mail may come back corrected; every other entry stands for its content alone.
    if state is not MailState.REFUSED and entry.fingerprint != mail.identity.fingerprint:
        return Explanation(
            fate=Fate.CONFLICTING, because="its key was used before for a mail with other content"
        )
    match state:
        case MailState.SENT:
            return Explanation(
                fate=Fate.ALREADY_SENT,
                because=f"as {entry.email_id}" if entry.email_id else "its id was not learned",
                email_id=entry.email_id,
                settled=True,
            )
        case MailState.EXPIRED:
            return Explanation(
                fate=Fate.EXPIRED, because="recorded as not sent in time", settled=True
            )
        case MailState.OPEN:
            return Explanation(fate=Fate.WOULD_SEND, because="its last call was not accepted")
        case MailState.REFUSED:
            return Explanation(fate=Fate.WOULD_SEND, because="it was refused before")
        case MailState.CLAIMED | MailState.UNKNOWN:
            return _called(mail, entry, now=now)


def _called(mail: Mail, entry: LedgerEntry, *, now: float) -> Explanation:
    if entry.state is MailState.CLAIMED and entry.lease_until > now:
        seconds = entry.lease_until - now
        return Explanation(
            fate=Fate.IN_FLIGHT, because=f"a worker holds it for {seconds:.0f} s at most"
        )
    if mail.has_key:
        return Explanation(
            fate=Fate.UNKNOWN,
            because="called without an answer: looked up at the provider before it is sent again",
        )
    return Explanation(
        fate=Fate.UNPROVABLE,
        because="it may have been sent, and it has no idempotency key to be recognised by",
    )
