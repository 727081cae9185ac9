"""No document gives the shape of Formaloo's usage answers: whatever says both numbers is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formarelay.formaloo.usage import UsagePair, find_usage_pairs

pytestmark = pytest.mark.disable_socket


def found(raw: object) -> list[tuple[str, float, float | None]]:
    return [(pair.resource, pair.used, pair.limit) for pair in find_usage_pairs(raw)]


def test_a_list_of_resources_in_the_envelope():
    raw = {
        "status": 200,
        "errors": {"general_errors": [], "form_errors": {}},
        "data": {
            "usage": [
                {"resource": "submissions", "available": 58, "used": 42, "limit": 100},
                {"resource": "forms", "used": 3, "limit": 10},
            ]
        },
    }

    assert find_usage_pairs(raw) == (
        UsagePair(
            resource="submissions", used=42, limit=100, limit_name="limit", path="data.usage.0"
        ),
        UsagePair(resource="forms", used=3, limit=10, limit_name="limit", path="data.usage.1"),
    )


def test_an_object_of_resources():
    raw = {"data": {"usage": {"rows": {"consumed": "7", "quota": "50"}}}}

    assert found(raw) == [("rows", 7, 50)]


@pytest.mark.parametrize("used", ["used", "usage", "consumed", "count"])
@pytest.mark.parametrize("limit", ["limit", "quota", "max", "total", "available"])
def test_each_word_for_each_number(used, limit):
    (pair,) = find_usage_pairs({"rows": {used: 1, limit: 2}})

    assert (pair.resource, pair.used, pair.limit, pair.limit_name) == ("rows", 1, 2, limit)


@pytest.mark.parametrize(
    "raw",
    [
        {"rows_used": 1, "rows_limit": 2},
        {"used_rows": 1, "max_rows": 2},
        {"rowsUsed": 1, "rowsLimit": 2},
        {"rowsUsed": 1, "totalRows": 2},
    ],
)
def test_names_with_the_resource_in_them(raw):
    assert found(raw) == [("rows", 1, 2)]


def test_flat_names_of_two_resources_are_not_mixed_up():
    raw = {"rows_used": 1, "forms_limit": 9, "forms_used": 4, "rows_limit": 8}

    assert found(raw) == [("rows", 1, 8), ("forms", 4, 9)]


@pytest.mark.parametrize("limit", [None, "unlimited", -1, True, [], {}, float("inf")])
def test_a_limit_without_a_number_is_unknown_and_not_zero(limit):
    assert found({"rows": {"used": 1, "limit": limit}}) == [("rows", 1, None)]


@pytest.mark.parametrize("used", [None, "", "many", -1, True, [], {}, float("nan")])
def test_without_a_number_of_use_there_is_no_pair(used):
    assert found({"rows": {"used": used, "limit": 5}}) == []


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "used",
        7,
        {"used": 1},
        {"limit": 1},
        {"rows_used": 1, "forms_limit": 2},
        {"total_count": 3, "limit": 5},
        {"count": 3, "next": None, "previous": None, "total": 9},
    ],
)
def test_what_is_no_pair_is_none(raw):
    assert found(raw) == []


def test_a_page_of_resources_is_read_but_not_its_own_count():
    raw = {"count": 1, "page_size": 10, "total": 1, "objects": [{"name": "a", "used": 1, "max": 2}]}

    assert found(raw) == [("a", 1, 2)]


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "ä", {"x": 1}, 7])
def test_a_name_that_no_metric_may_have_gives_way_to_the_place(name):
    assert found({"usage": [{"resource": name, "used": 1, "limit": 2}]}) == [("usage", 1, 2)]


def test_a_document_that_never_ends_does():
    raw: object = {"used": 1, "limit": 2}
    for _ in range(900):
        raw = [raw]

    assert found(raw) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values, st.integers(0, 10**9), st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_anything_can_stand_around_a_pair(noise, used, limit):
    pairs = find_usage_pairs({"noise": noise, "sure": {"used": used, "limit": limit}})

    assert pairs[-1] == UsagePair(
        resource="sure", used=used, limit=limit, limit_name="limit", path="sure"
    )
