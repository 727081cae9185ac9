"""One round: ask both providers side by side, publish what is known, tell the senders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, wait
from typing import Any

from msgspec import Struct, field

from formarelay.clock import Clock
from formarelay.errors import FormaError
from formarelay.formamail.models import Usage
from publish_usage.asking import Failure, answer_of, failure_of
from publish_usage.form_quotas import FORMALOO, of_form_usage
from publish_usage.mail_quotas import FORMA_MAIL, Histories, judged, read_histories, written
from publish_usage.measures import KEY, Datum, heartbeat, of_key, of_question
from publish_usage.ports import Metrics, Note, QuotaGuard
from publish_usage.quota import Quota

USAGE = "usage"
HISTORY = "history"
GATE = "gate"


class Questions(Struct, frozen=True, kw_only=True):
    """What is asked, each in a thread of its own. Each raises errors of `formarelay.errors`.

    Args:
        mail_usage: Forma Mail's usage.
        form_usage: Formaloo's, in whatever shape.
        mail_key_stored_at: When the present version of the secret was stored, in unix seconds.
        form_key_stored_at: Likewise. None when nobody says.
    """

    mail_usage: Callable[[], Usage]
    form_usage: Callable[[], Mapping[str, object]]
    mail_key_stored_at: Callable[[], float | None]
    form_key_stored_at: Callable[[], float | None]


class Round(Struct):
    """What a round found, for the log.

    Args:
        data: What was published.
        failures: By provider and question, as `formaloo usage`.
        doubts: Why Forma Mail's figures were not believed, by resource.
        form_usage: Formaloo's answer as it came; None without one.
    """

    data: list[Datum] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    form_usage: Mapping[str, object] | None = None

    def note(self, provider: str, question: str, answer: object) -> None:
        """Counts whether a question was answered."""
        failure = answer if isinstance(answer, Failure) else None
        if failure is not None:
            self.failures[f"{provider} {question}"] = failure
        self.data += of_question(provider, question, failure)


class UsageService:
    """Publishes the usage. What fails is counted; everything else is published all the same.

    Args:
        questions: What is asked.
        metrics: Where the numbers go.
        note: Keeps the history between rounds.
        guard: Tells the senders that the quota is used up, or nearly so.
        reserve_percent: Of the quota of mails, kept for messages of high priority; 0 for none.
        executor: Has a thread for each question.
        clock: Its wall clock dates the figures.
    """

    def __init__(
        self,
        questions: Questions,
        *,
        metrics: Metrics,
        note: Note,
        guard: QuotaGuard,
        reserve_percent: float,
        executor: Executor,
        clock: Clock,
    ) -> None:
        self._questions = questions
        self._metrics = metrics
        self._note = note
        self._guard = guard
        self._reserve_percent = reserve_percent
        self._executor = executor
        self._clock = clock

    def publish(self, *, within_seconds: float) -> Round:
        """Makes one round.

        Args:
            within_seconds: How long the providers have; who answers later has not answered.

        Raises:
            TransientError: The numbers could not be published.
        """
        asked = self._questions
        mail_usage = self._executor.submit(asked.mail_usage)
        form_usage = self._executor.submit(asked.form_usage)
        mail_key = self._executor.submit(asked.mail_key_stored_at)
        form_key = self._executor.submit(asked.form_key_stored_at)
        under_way: list[Future[Any]] = [mail_usage, form_usage, mail_key, form_key]
        wait(under_way, timeout=within_seconds)
        found = Round()
        now = self._clock.wall()
        mails = answer_of(mail_usage)
        found.note(FORMA_MAIL, USAGE, mails)
        if not isinstance(mails, Failure):
            self._judge(found, mails, now)
        forms = answer_of(form_usage)
        found.note(FORMALOO, USAGE, forms)
        if not isinstance(forms, Failure):
            found.form_usage = forms
            found.data += of_form_usage(forms)
        for provider, future in ((FORMA_MAIL, mail_key), (FORMALOO, form_key)):
            stored_at = answer_of(future)
            found.note(provider, KEY, stored_at)
            if not isinstance(stored_at, Failure):
                found.data += of_key(provider, stored_at, now=now)
        found.data.append(heartbeat())
        self._metrics.put(found.data)
        return found

    def _judge(self, found: Round, usage: Usage, now: float) -> None:
        histories = self._histories()
        result = judged(usage, {} if isinstance(histories, Failure) else histories, now=now)
        found.data += result.data
        found.doubts = result.doubts
        # A history that cannot be read must not be overwritten by one that begins now.
        kept = histories if isinstance(histories, Failure) else self._keep(result.histories)
        found.note(FORMA_MAIL, HISTORY, kept)
        if result.email is not None and result.email.limit is not None:
            found.note(FORMA_MAIL, GATE, self._tell(result.email))

    def _histories(self) -> Histories | Failure:
        try:
            return read_histories(self._note.read())
        except FormaError as error:
            return failure_of(error)

    def _keep(self, histories: Histories) -> bool | Failure:
        try:
            self._note.write(written(histories))
        except FormaError as error:
            return failure_of(error)
        return True

    def _tell(self, email: Quota) -> bool | Failure:
        remaining = email.remaining or 0.0
        reserve = (email.limit or 0.0) * self._reserve_percent / 100
        try:
            self._guard.note_quota(exhausted=remaining <= 0, reserved=remaining < reserve)
        except FormaError as error:
            return failure_of(error)
        return True
