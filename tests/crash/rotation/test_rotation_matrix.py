"""The short matrix: rotate_keys dies at every effect and meets every fault."""

from __future__ import annotations

import pytest

from tests.crash.rotation.faults import FAULTS
from tests.crash.rotation.matrix import Matrix, missing, required_points, scouts, short
from tests.crash.rotation.plan import Cell

SEED = 1


@pytest.fixture(scope="session")
def matrix(rotation_crew):
    matrix = Matrix()
    for result in rotation_crew.run(scouts(SEED)):
        matrix.add(result)
    for attempt in range(6):
        for result in rotation_crew.run(short(matrix, SEED + attempt)):
            matrix.add(result)
    return matrix


def test_the_key_lives_and_none_is_left_behind_wherever_a_rotation_dies(matrix):
    stories = [
        f"{result.cell.command()}\n{'; '.join(result.violations)}\n{result.story}"
        for result in matrix.violated
    ]
    assert stories == []


def test_a_rotation_was_killed_before_and_after_every_effect(matrix):
    """A new method of a port fails here until a run leads to it."""
    assert missing(required_points(), matrix.kills) == []


def test_every_fault_was_met(matrix):
    assert [fault for fault in FAULTS if not matrix.by_fault[fault]["runs"]] == []


def test_two_keys_live_side_by_side_and_never_three(matrix):
    assert {fault: matrix.most_keys[fault] for fault in ("none", "mint-drop", "at-once")} == {
        "none": 2,
        "mint-drop": 2,
        "at-once": 2,
    }


def test_a_person_is_needed_only_where_nothing_else_is_possible(matrix):
    asked = {fault for fault in FAULTS if matrix.by_fault[fault]["persons"]}
    assert asked == {"pair-lost"}


@pytest.mark.parametrize(
    ("sabotage", "fault", "point", "violation"),
    [
        ("revokes-nothing", "none", "", "a rotation is open for ever"),
        ("sees-no-keys", "mint-drop", "", "3 keys of ours live at once"),
        ("revokes-early", "none", "", "the key in the secret is dead"),
        ("forgets", "none", "KeyIssuer.create:after", "2 keys live, and not just the one in"),
        ("talks", "none", "", "a key stands in the output"),
        ("phones-home", "none", "", "an effect without a point: dynamodb"),
    ],
)
def test_a_broken_rotation_is_noticed(rotation_crew, sabotage, fault, point, violation):
    (result,) = rotation_crew.run([Cell(fault, point, SEED, sabotage)])
    assert [text for text in result.violations if text.startswith(violation)] != []


def test_what_is_reported_as_killed_was_killed_there(rotation_crew):
    point = "KeyIssuer.create/forma-mail:answered"
    (result,) = rotation_crew.run([Cell("none", point, SEED)])
    assert result.killed[0] == point
    assert result.struck
    assert result.violations == []
