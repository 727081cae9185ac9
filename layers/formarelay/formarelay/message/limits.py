"""How much of everything a message may hold, and who says so."""

from __future__ import annotations

MAX_BODY_BYTES = 1024 * 1024
"""Amazon SQS, message quotas: 1 MiB. Implies Forma Mail's 10 MB JSON body (docs, Limits & Quotas):
text of 1 MiB stays below it however it is escaped, as long as no attachment is fetched into it."""

MAX_DEPTH = 32
"""Ours. JSON containers inside each other, counted from the message's own object; the provider
documents none, and templates of more levels than that are not written by people."""

MAX_WRAPPERS = 2
"""Ours. SNS, EventBridge, or one inside the other, as EventBridge delivers through an SNS topic."""

MAX_RECIPIENTS = 50
"""Forma Mail docs, Limits & Quotas: 50 recipients per email; read as the sum of to, cc and bcc."""

MAX_ATTACHMENTS = 10
"""Forma Mail docs, Limits & Quotas."""

MAX_TAGS = 50 - 1
"""Forma Mail docs, Emails API: 50; the relay adds one of its own."""

MAX_ADDRESS_CHARACTERS = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 octets, its angle brackets included."""

MAX_LINE_CHARACTERS = 998
"""RFC 5322, 2.1.1: the longest line of a header; names and header values are held to it."""

MAX_HEADERS = 50
"""Ours; the provider documents none."""

MAX_HEADER_NAME_CHARACTERS = 76
"""RFC 5322, 2.1.1: the advised length of a line, so that no header starts with a folded name."""

MAX_IDENTIFIER_CHARACTERS = 255
"""Ours, for ids, slugs, tags and file names; the provider documents none."""

MAX_URL_CHARACTERS = 8192
"""Forma Mail docs, Limits & Quotas: 8 KB of URL. Pre-signed URLs exceed the usual 2,048."""

MAX_IDEMPOTENCY_KEY_CHARACTERS = 256
"""Ours."""

MAX_METADATA_BYTES = 2047
"""Ours: below 2 KB as compact JSON in UTF-8. The provider documents none, and the relay's own id,
which a lost mail is found by, must never be what does not fit."""

RESERVED_METADATA_KEY = "relayId"
"""Ours: the relay finds a mail again by it."""
