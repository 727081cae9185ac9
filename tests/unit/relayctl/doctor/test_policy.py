"""Policies as AWS writes them, read into statements."""

from __future__ import annotations

import json

import pytest

from relayctl.doctor.policy import Statement, statements


def test_one_and_many_read_alike():
    one = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "a"},
            "Action": "sqs:SendMessage",
            "Resource": "q",
            "Condition": {"Bool": {"aws:SecureTransport": False}},
        }
    }
    many = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ["a"]},
                "Action": ["sqs:SendMessage"],
                "Resource": ["q"],
                "Condition": {"Bool": {"aws:SecureTransport": ["False"]}},
            }
        ]
    }
    assert statements(one) == statements(many) == statements(json.dumps(many))
    assert statements(one) == (
        Statement(
            allows=True,
            actions=("sqs:SendMessage",),
            resources=("q",),
            principals=("a",),
            conditions={"Bool": {"aws:SecureTransport": ("False",)}},
        ),
    )


@pytest.mark.parametrize("document", [None, "", {}, {"Statement": []}])
def test_no_policy_has_no_statements(document):
    assert statements(document) == ()


def test_principals_of_all_kinds_are_one_list():
    principal = {"Service": ["a.amazonaws.com", "b.amazonaws.com"], "AWS": "c"}
    (statement,) = statements({"Statement": {"Effect": "Deny", "Principal": principal}})
    assert statement.principals == ("a.amazonaws.com", "b.amazonaws.com", "c")
    assert statement.allows is False
    (statement,) = statements({"Statement": {"Effect": "Allow", "Principal": "*"}})
    assert statement.principals == ("*",)


def test_all_but_some_counts_as_all():
    (statement,) = statements(
        {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "x"}}
    )
    assert (statement.actions, statement.resources) == (("*",), ("*",))


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("sqs:SendMessage", True),
        ("SQS:sendmessage", True),
        ("sqs:*", True),
        ("sqs:Send*", True),
        ("*", True),
        ("sqs:SendMessageBatch", False),
        ("sns:*", False),
    ],
)
def test_an_action_is_covered_as_iam_would(pattern, covered):
    assert Statement(allows=True, actions=(pattern,)).covers("sqs:SendMessage") is covered


def test_keys_of_conditions_have_no_case():
    statement = Statement(
        allows=True,
        actions=(),
        conditions={"StringEquals": {"AWS:SourceAccount": ("1",)}, "Bool": {"aws:X": ("true",)}},
    )
    assert statement.condition_keys() == {"aws:sourceaccount", "aws:x"}
