"""Forma Mail, Formaloo and the dead-letter queue in memory, for tests of the policy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from formarelay.errors import FormaError, NotFoundError, TransientError
from formarelay.formaloo.models import Row
from formarelay.formamail.models import Accepted, Email, SendRequest
from tests.support.clock import ManualClock


class FakeProvider:
    """Accepts mail and lists it.

    `answers` holds, for the next sends, what each does: an `Accepted` to answer, an error to raise
    without accepting, or a pair `("accept", error)` to accept and raise all the same.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.accepted: list[SendRequest] = []
        self.answers: deque[Accepted | Exception | tuple[str, Exception]] = deque()
        self.list_error: FormaError | None = None
        self.lists_metadata = True
        self.questions: list[tuple[str | None, datetime | None]] = []
        self.requests_per_call = 1
        """More than one as after a refused key, or for a list of several pages."""
        self.request_seconds = 0.0
        self._clock = clock

    def send(self, request: SendRequest, *, admit: Callable[[str], None] | None = None) -> Accepted:
        self._admit(admit, "POST emails/send")
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        self.accepted.append(request)
        if isinstance(answer, tuple):
            raise answer[1]
        return answer or Accepted(email_id=f"em_{len(self.accepted)}")

    def list_emails(
        self,
        *,
        recipient: str | None = None,
        date_from: datetime | None = None,
        admit: Callable[[str], None] | None = None,
    ) -> Iterator[Email]:
        self._admit(admit, "GET emails")
        self.questions.append((recipient, date_from))
        if self.list_error:
            raise self.list_error
        for number, request in enumerate(self.accepted, start=1):
            if recipient in {to.email for to in request.to}:
                yield Email(
                    id=f"em_{number}",
                    template_id=request.template_id,
                    metadata=request.metadata if self.lists_metadata else {},
                )

    def _admit(self, admit: Callable[[str], None] | None, operation: str) -> None:
        for _ in range(self.requests_per_call if admit else 0):
            admit(operation)
            self._clock.advance(self.request_seconds)


class FakeRows:
    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.error: FormaError | None = None
        self.before_answer: Callable[[], None] = lambda: None

    def row(self, slug: str) -> Row:
        self.before_answer()
        if self.error:
            raise self.error
        if slug not in self.rows:
            raise NotFoundError("not found", service="formaloo", operation="GET rows/{row}/")
        return self.rows[slug]


class FakeDeadLetters:
    def __init__(self) -> None:
        self.letters: list[tuple[str, dict[str, str]]] = []
        self.down = False

    def put(self, body: str, *, facts: Mapping[str, str]) -> None:
        if self.down:
            raise TransientError("the dead-letter queue did not take a message")
        self.letters.append((body, dict(facts)))
