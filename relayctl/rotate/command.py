"""Builds the parts for `rotate`, and runs it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from relayctl.errors import RelayctlError, UsageError
from relayctl.printable import printable
from relayctl.progress import say
from relayctl.rotate.emergency import EmergencyRotation
from relayctl.rotate.service import Rotation
from relayctl.stack import Stack
from relayctl.surroundings import Surroundings

DONE, DECLINED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateCommand:
    """One command line, ready to run. Raises `RelayctlError`."""

    options: argparse.Namespace
    stack: Stack
    around: Surroundings

    def run(self) -> int:
        """Does it. Returns the exit status."""
        secret_arn = self.stack.secret_arns.get(self.options.secret, "")
        if not secret_arn or not self.stack.rotate_keys_function:
            raise RelayctlError("this stack has no rotation. Deploy the present template")
        if not self._may_begin():
            say(self.around.messages, "nothing was changed")
            return DECLINED
        aws = self.stack.aws
        EmergencyRotation(
            Rotation(
                aws.secretsmanager(),
                aws.invocations(),
                secret_arn=secret_arn,
                function_name=self.stack.rotate_keys_function,
            ),
            say=lambda text: say(self.around.messages, printable(text)),
            now=self.around.clock.monotonic,
            sleep=self.around.sleep,
        ).carry_out()
        say(self.around.output, f"{self.options.secret}: the key is replaced and the old one dead")
        return DONE

    def _may_begin(self) -> bool:
        if self.options.yes:
            return True
        if not self.around.messages.is_terminal:
            raise UsageError("nobody can be asked here: give --yes to rotate without a question")
        question = (
            f"Replace the key of {self.options.secret} now? Whoever holds the old one elsewhere "
            "is refused within a minute. [y/N] "
        )
        answer = self.around.messages.input(question, markup=False)
        return answer.strip().lower() in ("y", "yes")
