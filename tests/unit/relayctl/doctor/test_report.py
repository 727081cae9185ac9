"""What a person sees of the findings."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from relayctl.doctor.fact import Fact
from relayctl.doctor.registry import CHECKS, chosen
from relayctl.doctor.report import print_results
from tests.support.healthy_stack import healthy
from tests.support.stack_faults import (
    both,
    of_part,
    set_part,
    with_alarm,
    with_parameters,
)

(VISIBILITY,) = chosen(["queue-visibility"])


def shown(fault, *ids, terminal=False):
    output = StringIO()
    console = Console(file=output, width=80, force_terminal=terminal)
    snapshot = fault(healthy())
    print_results([check.examine(snapshot) for check in chosen(ids)], console=console)
    return output.getvalue()


def test_a_healthy_stack_is_one_line():
    assert shown(lambda snapshot: snapshot) == f"{len(CHECKS)} checks: {len(CHECKS)} fine\n"


def test_a_finding_says_what_why_and_what_to_do():
    fault = of_part("queues", "EmailQueue", visibility_timeout_seconds=5)
    assert shown(fault, "queue-visibility", "queue-tls").splitlines() == [
        f"critical  queue-visibility: {VISIBILITY.title}",
        "  found  hidden for 5 s, and the sender may run for 60 s",
        f"  why    {VISIBILITY.reason}",
        f"  do     {VISIBILITY.fix}",
        "",
        "2 checks: 1 fine, 1 finding",
    ]


def test_critical_findings_come_first_then_what_was_unseen_and_does_not_apply():
    fault = both(
        with_parameters(DeployTarget="local"),
        of_part("queues", "EmailQueue", encrypted=False),
        of_part("functions", "SendEmailFunction", state="Inactive"),
        set_part("queues", "DeadLetterQueue", Fact.unseen("no right")),
        set_part("windows", "formaloo", Fact.unseen("no right at all")),
    )
    lines = shown(fault, "queue-encryption", "function-active", "gate-open", "queue-tls")
    heads = [line.split(":")[0] for line in lines.splitlines() if line and line[0] != " "]
    assert heads == [
        "critical  function-active",
        "warning  queue-encryption",
        "could not look  gate-open",
        "not applicable  queue-tls",
        "4 checks",
    ]
    assert "  unseen no right\n" in lines
    assert lines.endswith("4 checks: 2 findings, 1 could not look, 1 not applicable\n")


@pytest.mark.parametrize("terminal", [True, False])
def test_names_that_others_chose_do_nothing_to_the_terminal(terminal):
    fault = with_alarm(name="[red]a\x1b[2Jb\u202ec ada@example.com", actions=())
    text = shown(fault, "alarm-actions", terminal=terminal)
    assert "[red]a\\u001b[2Jb\\u202ec <address> has no action" in text
    assert "\x1b[2J" not in text
