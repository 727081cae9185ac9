"""The short matrix: the sender dies at every point and meets every fault, and no mail is lost."""

from __future__ import annotations

import pytest

from tests.crash.faults import FAULTS
from tests.crash.matrix import Matrix, missing, required_points, scouts, short
from tests.crash.plan import Cell
from tests.crash.sabotage import HASTY

SEED = 1
# Between them they lead to every point.
SWEPT = ("swept", "swept-absent", "swept-hold", "swept-429", "swept-on")
SCOUTED = ("none", "accept-drop", "drop", "429")


@pytest.fixture(scope="session")
def matrix(crew):
    matrix = Matrix()
    swept = [Cell(fault, "", SEED, thorough=True) for fault in SWEPT]
    for result in crew.run([*scouts(SEED, SCOUTED), *swept]):
        matrix.add(result)
    for attempt in range(6):
        for result in crew.run(short(matrix, SEED, attempt=attempt)):
            matrix.add(result)
    return matrix


def test_no_mail_is_lost_or_sent_twice_wherever_the_sender_dies(matrix):
    stories = [
        f"{result.cell.command()}\n{'; '.join(result.violations)}\n{result.story}"
        for result in matrix.violated
    ]
    assert stories == []


def test_the_sender_was_killed_before_and_after_every_effect(matrix):
    """A new method of a port, or of an adapter of AWS, fails here until a run leads to it."""
    assert missing(required_points(), matrix.kills) == []


def test_the_sweep_was_killed_at_its_own_points(matrix):
    """Not only the sender beside it."""
    calls = {point.partition(":")[0] for point in matrix.kills if point.startswith("Sweep.")}
    assert {f"Sweep.UnsettledMails.{name}" for name in ("settle", "note_absence")} < calls


def test_the_sender_was_killed_inside_every_exchange(matrix):
    assert missing(matrix.points, matrix.kills) == []


def test_every_fault_was_met(matrix):
    assert [fault for fault in FAULTS if not matrix.by_fault[fault]["kills"]] == []


# Which mail the kill meets is the threads' matter. One that expires meanwhile is not sent again.
TWICE = ("sent 2 times: relayId ", "ended in several ways: ")


@pytest.mark.parametrize(
    ("sabotage", "fault", "point", "violation"),
    [
        ("sweep-looks-away", "swept", "", "sent 2 times: relayId "),
        ("claims-always", "none", "Ledger.settle:before", "sent 2 times: relayId "),
        ("looks-away", "none", "MailProvider.send:after", TWICE),
        (HASTY, "list-late", "", "sent 2 times: relayId "),
        ("settles-first", "none", "MailProvider.send:before", "lost: mail "),
        ("deletes-first", "none", "Ledger.claim:before", "lost: mail "),
        ("sets-aside-nowhere", "none", "", "lost: mail "),
        ("talks", "none", "", "a key stands in the output"),
        ("phones-home", "none", "", "an effect without a point: dynamodb"),
    ],
)
def test_a_broken_sender_is_noticed(crew, sabotage, fault, point, violation):
    cell = Cell(fault, point, SEED, thorough=True, sabotage=sabotage)
    (result,) = crew.run([cell])
    assert [text for text in result.violations if text.startswith(violation)] != []


def test_the_same_run_is_good_when_nothing_is_broken(crew):
    cells = [
        Cell(fault, point, SEED, thorough=True)
        for fault, point in (
            ("none", "Ledger.settle:before"),
            ("none", "MailProvider.send:after"),
            ("none", "MailProvider.send:before"),
            ("none", "Ledger.claim:before"),
            ("list-late", ""),
            ("swept", ""),
        )
    ]
    assert {result.cell: result.violations for result in crew.run(cells)} == {
        cell: [] for cell in cells
    }


def test_what_is_reported_as_killed_was_killed_there(crew):
    point = "MailProvider.send/forma-mail:answered"
    (result,) = crew.run([Cell("none", point, SEED, thorough=True)])
    assert result.killed[0] == point
    assert result.struck
    # The one that was killed, and the one that did its work.
    assert result.processes >= 2
