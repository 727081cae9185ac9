"""Builds the parts for `dead-letters list`, `explain` and `replay`, and runs them."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from formarelay.aws.ledger_reader import LedgerReader
from relayctl.dead_letters.documents import finding_document, letter_document
from relayctl.dead_letters.email_queue import EmailQueue
from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.pace import Pace
from relayctl.dead_letters.plan import Action, Choices, planned
from relayctl.dead_letters.queue import DeadLetterQueue
from relayctl.dead_letters.reading import Reading, reading
from relayctl.dead_letters.replay import Replay, Tally
from relayctl.dead_letters.report import View, print_findings, print_letters, print_tally
from relayctl.dead_letters.survey import Finding, Survey, Wanted
from relayctl.printable import printable, printable_json
from relayctl.progress import say
from relayctl.stack import Stack
from relayctl.surroundings import Surroundings

DONE, FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterCommand:
    """One command line, ready to run. Raises `RelayctlError` and what the ledger raises."""

    options: argparse.Namespace
    stack: Stack
    around: Surroundings

    def run(self) -> int:
        """Does it. Returns the exit status."""
        match self.options.command:
            case "list":
                return self._list()
            case "explain":
                return self._explain()
            case _:
                return self._rehearse() if self.options.dry_run else self._replay()

    def _list(self) -> int:
        view = self._view(show_body=self.options.show_body)
        with self._reading("letters read") as under_way:
            letters = [
                _kept(letter, view) for letter in under_way.letters(limit=self.options.limit)
            ]
        # Printed when everything is given back: nobody else waits for a slow terminal.
        if self.options.json:
            self._write([letter_document(letter, view=view) for letter in letters])
        else:
            print_letters(letters, view=view)
        return self._status(under_way)

    def _explain(self) -> int:
        view = self._view(show_body=self.options.show_body)
        survey = self._survey()
        findings: list[Finding] = []
        with self._reading("letters read") as under_way:
            for letters in under_way.batches():
                findings += _without_content(survey.findings(letters), view)
                if self.options.limit is not None and len(findings) >= self.options.limit:
                    break
        findings = findings[: self.options.limit]
        if self.options.json:
            self._write([finding_document(finding, view=view) for finding in findings])
        else:
            print_findings(findings, view=view)
        return self._status(under_way)

    def _rehearse(self) -> int:
        view = self._view()
        survey, choices = self._survey(), self._choices()
        plan: list[tuple[Finding, Action]] = []
        with self._reading("letters read") as under_way:
            for letters in under_way.batches():
                findings = _without_content(survey.findings(letters), view)
                plan += planned(findings, choices, changed=_changes(plan))
                if choices.is_reached(_changes(plan)):
                    break
        print_findings(
            [finding for finding, _ in plan], view=view, actions=[action for _, action in plan]
        )
        say(self.around.output, "nothing was changed")
        return self._status(under_way)

    def _replay(self) -> int:
        survey, choices, tally = self._survey(), self._choices(), Tally()
        pace = Pace(self.options.rate, now=self.around.clock.monotonic, sleep=self.around.sleep)
        aws = self.stack.aws
        target = EmailQueue(
            aws.sqs(),
            client_without_repeats=aws.sqs_without_repeats(),
            queue_url=self.stack.email_queue_url,
        )
        try:
            with self._reading("letters gone through") as under_way:
                replay = Replay(source=under_way.queue, target=target, pace=pace, tally=tally)
                for letters in under_way.batches():
                    findings = survey.findings(letters)
                    replay.carry_out(list(planned(findings, choices, changed=tally.changed)))
                    if choices.is_reached(tally.changed):
                        break
        finally:
            # Also after a failure or Ctrl-C: what was done is known then, and asked for.
            print_tally(tally, console=self.around.output)
        return FAILED if tally.failures else self._status(under_way)

    def _reading(self, label: str) -> AbstractContextManager[Reading]:
        queue = DeadLetterQueue(
            self.stack.aws.sqs(),
            queue_url=self.stack.dead_letter_queue_url,
            poll_seconds=self.around.poll_seconds,
        )
        wanted = Wanted(reasons=self.options.reason, message_ids=self.options.message_ids)
        return reading(queue, wanted=wanted, label=label, messages=self.around.messages)

    def _survey(self) -> Survey:
        ledger = LedgerReader(
            self.stack.aws.dynamodb(),
            table_name=self.stack.state_table,
            sleep=self.around.sleep,
        )
        return Survey(ledger=ledger, clock=self.around.clock)

    def _choices(self) -> Choices:
        return Choices(
            delete_settled=self.options.delete_settled,
            allow_duplicates=self.options.allow_duplicates,
            limit=self.options.limit,
        )

    def _view(self, *, show_body: bool = False) -> View:
        return View(console=self.around.output, now=self.around.clock.wall(), show_body=show_body)

    def _write(self, documents: list[dict[str, Any]]) -> None:
        say(self.around.output, printable_json(documents))

    def _status(self, under_way: Reading) -> int:
        for message_id in sorted(under_way.missing):
            say(self.around.messages, f"there is no letter with the id {printable(message_id)}")
        return FAILED if under_way.missing else DONE


def _changes(plan: list[tuple[Finding, Action]]) -> int:
    return sum(action is not Action.STAY for _, action in plan)


def _kept(letter: DeadLetter, view: View) -> DeadLetter:
    return letter if view.show_body else letter.without_content()


def _without_content(findings: list[Finding], view: View) -> list[Finding]:
    return [replace(finding, letter=_kept(finding.letter, view)) for finding in findings]
