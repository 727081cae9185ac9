"""What cannot be seen is said, hides nothing else, and never ends the command."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from relayctl.doctor.check import State
from relayctl.doctor.command import status_of
from relayctl.doctor.fact import Fact, UnseenError, part, seen
from relayctl.doctor.registry import CHECKS, chosen
from relayctl.errors import UsageError
from tests.support.healthy_stack import healthy, known
from tests.support.stack_faults import of_part, set_part, set_whole

WHY = "needs the permission x:Look"
BY_ID = {check.id: check for check in CHECKS}
UNSEEN = Fact.unseen(WHY)
# Facts that a check may need; the stack itself is known, or nothing is looked at.
FACTS = [field.name for field in fields(healthy()) if field.name not in ("now", "stack")]


def blind_to(name):
    """The healthy stack, of which one kind of fact cannot be had."""
    snapshot = healthy()
    facts = getattr(snapshot, name)
    if isinstance(facts, Fact):
        return set_whole(name, UNSEEN)(snapshot)
    return replace(snapshot, **{name: dict.fromkeys(facts, UNSEEN)})


@pytest.mark.parametrize("name", FACTS)
def test_one_missing_permission_blinds_some_checks_and_the_others_go_on(name):
    results = [check.examine(blind_to(name)) for check in CHECKS]
    blind = [result for result in results if result.state is State.UNSEEN]
    assert {result.remark for result in blind} == {WHY}
    assert len(blind) < len(CHECKS) / 2
    assert {result.state for result in results} == {State.UNSEEN, State.FINE}


def test_with_no_permission_at_all_nothing_is_called_fine_but_what_cloudformation_says():
    snapshot = healthy()
    for name in FACTS:
        facts = getattr(snapshot, name)
        hidden = UNSEEN if isinstance(facts, Fact) else dict.fromkeys(facts, UNSEEN)
        snapshot = replace(snapshot, **{name: hidden})
    results = [check.examine(snapshot) for check in CHECKS]
    fine = [result.check.id for result in results if result.state is State.FINE]
    assert fine == ["stack-status"]
    assert status_of(results) == 2


def test_what_is_wrong_with_one_queue_is_found_although_the_other_cannot_be_seen():
    snapshot = of_part("queues", "DeadLetterQueue", encrypted=False)(healthy())
    result = BY_ID["queue-encryption"].examine(set_part("queues", "EmailQueue", UNSEEN)(snapshot))
    assert result.state is State.FINDING
    assert (result.evidence, result.remark) == (("DeadLetterQueue is not encrypted",), WHY)


def test_a_provider_that_fails_leaves_its_key_unjudged_and_the_other_judged():
    snapshot = of_part("providers", "formaloo", unknown="formaloo 503")(healthy())
    result = BY_ID["key-accepted"].examine(snapshot)
    assert (result.state, result.remark) == (State.UNSEEN, "formaloo 503")
    refused = of_part("providers", "forma-mail", refused=True)(snapshot)
    result = BY_ID["key-accepted"].examine(refused)
    assert (result.evidence, result.remark) == (("forma-mail refuses the key",), "formaloo 503")


def test_a_refused_key_leaves_its_rights_unjudged():
    snapshot = of_part("providers", "forma-mail", refused=True)(healthy())
    result = BY_ID["key-rights"].examine(snapshot)
    assert (result.state, result.remark) == (State.UNSEEN, "forma-mail refuses the key")


def test_a_stack_without_a_part_is_told_from_one_whose_part_is_fine():
    result = BY_ID["queue-visibility"].examine(replace(healthy(), queues={}))
    assert (result.state, result.remark) == (State.UNSEEN, "the stack has no EmailQueue")


def test_a_fact_is_looked_up_when_it_is_asked_for_and_once():
    looks = []
    fact = Fact(lambda: looks.append(1) or len(looks))
    assert looks == []
    assert (fact.seen(), fact.seen()) == (1, 1)


def test_a_fact_that_cannot_be_had_is_not_asked_for_again():
    looks = []

    def look():
        looks.append(1)
        raise UnseenError("no", gone=True)

    fact = Fact(look)
    for _ in range(2):
        with pytest.raises(UnseenError) as caught:
            fact.seen()
        assert (str(caught.value), caught.value.gone) == ("no", True)
    assert looks == [1]


def test_a_fact_that_is_nothing_is_still_known():
    assert known(None).seen() is None


def test_all_that_can_be_seen_comes_before_what_cannot():
    facts = {"a": Fact.unseen("first"), "b": known(2), "c": Fact.unseen("second"), "d": known(4)}
    found = []
    with pytest.raises(UnseenError, match=r"^first$"):
        found.extend(seen(facts))
    assert found == [("b", 2), ("d", 4)]


def test_what_does_not_exist_is_passed_over():
    facts = {"a": Fact.unseen("gone", gone=True), "b": known(2)}
    assert list(seen(facts)) == [("b", 2)]


def test_an_alarm_that_was_deleted_leaves_the_checks_of_the_others_as_they_are():
    snapshot = set_part("alarms", "OrphanKeys", Fact.unseen("gone", gone=True))(healthy())
    results = [check.examine(snapshot) for check in CHECKS]
    assert {one.check.id: one.state for one in results if one.state is not State.FINE} == {
        "stack-resources": State.FINDING,
        "alarm-needed": State.FINDING,
    }


def test_a_part_that_is_missing_says_so():
    assert part({"a": known(1)}, "a").seen() == 1
    with pytest.raises(UnseenError, match=r"^the stack has no b$"):
        part({}, "b").seen()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (lambda snapshot: snapshot, 0),
        (of_part("queues", "EmailQueue", encrypted=False), 1),
        (set_part("windows", "formaloo", UNSEEN), 2),
    ],
)
def test_the_exit_status_says_fine_found_or_unseen(fault, status):
    assert status_of([check.examine(fault(healthy())) for check in CHECKS]) == status


def test_a_finding_says_more_than_something_unseen():
    snapshot = of_part("queues", "EmailQueue", encrypted=False)(healthy())
    snapshot = set_part("windows", "formaloo", UNSEEN)(snapshot)
    assert status_of([check.examine(snapshot) for check in CHECKS]) == 1


def test_checks_are_chosen_by_id_in_their_own_order():
    assert chosen([]) == CHECKS
    ids = [check.id for check in chosen(["table-active", "queue-tls", "queue-tls"])]
    assert ids == ["queue-tls", "table-active"]


def test_a_check_that_does_not_exist_is_wrong_usage():
    with pytest.raises(UsageError) as caught:
        chosen(["queue-tls", "quue\x1b", "zz"])
    assert str(caught.value) == ("there is no check 'quue\\x1b', 'zz'; --list shows all of them")
