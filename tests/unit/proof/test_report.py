"""What is printed and written of a run of proofs."""

from __future__ import annotations

import pytest

from tests.proof.finding import Finding, Proof, counted
from tests.proof.report import BEGIN, END, REPORT, Proved, text_of
from tests.support.generated import write_between

PROOF = Proof(name="pace", title="3,000 mails", run=lambda stack, run: [])


def proved(*findings):
    return Proved(proof=PROOF, findings=findings, seconds=61.4, load=(0.52, 1.98))


def test_something_counted_is_held_only_at_the_number():
    assert [counted("mails", actual, demanded=3).held for actual in (2, 3, 4)] == [
        False,
        True,
        False,
    ]


def test_a_proof_holds_when_all_of_it_does():
    good, bad = counted("a", 1, demanded=1), counted("b", 1, demanded=0)
    assert proved(good, good).held
    assert not proved(good, bad).held


def test_a_person_sees_each_finding_with_the_load():
    bad = Finding("first mail", "within 15 s", "16.0 s", held=False)
    assert proved(counted("mails", 3000, demanded=3000), bad).lines() == [
        "pace: 3,000 mails  [61 s, load 0.5 to 2.0]",
        "  held    mails       3,000  (demanded: 3,000)",
        "  BROKEN  first mail  16.0 s  (demanded: within 15 s)",
    ]


def test_the_page_says_what_was_not_met():
    text = text_of([proved(counted("mails", 2, demanded=3), counted("more", 0, demanded=0))])
    assert text.startswith("**2 criteria, 1 not met.** Python ")
    assert text.endswith(
        "### 3,000 mails\n\n`pace`: 61 s, load 0.5 to 2.0.\n\n"
        "| criterion | demanded | measured | held |\n| --- | --- | --- | --- |\n"
        "| mails | 3 | 2 | **no** |\n| more | 0 | 0 | yes |"
    )


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<b>\nold\n<e>\nafter\n")
    write_between(page, "new", begin="<b>", end="<e>")
    write_between(page, "newer", begin="<b>", end="<e>")
    assert page.read_text() == "before\n<b>\n\nnewer\n\n<e>\nafter\n"


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<e>\n<b>\n")
    with pytest.raises(ValueError, match="has lost its marks"):
        write_between(page, "new", begin="<b>", end="<e>")
    assert page.read_text() == "<e>\n<b>\n"


def test_the_projects_page_has_its_marks():
    text = REPORT.read_text("utf-8")
    assert text.index(BEGIN) < text.index(END)
