"""Formaloo: rows of a form, and one row (FL-S15 to FL-S23)."""

from __future__ import annotations

import re

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.formaloo_workspace import Workspace, with_rows


@pytest.mark.checklist("FL-S15")
def test_fl_s15_rows_are_paged(sandbox: RunningSandbox) -> None:
    workspace = with_rows(sandbox, 45)

    pages = [workspace.data("/forms/many/rows/", page=page) for page in (1, 2, 3)]

    assert [len(page["rows"]) for page in pages] == [20, 20, 5]
    assert [page["current_page"] for page in pages] == ["1", "2", "3"]
    assert {(page["count"], page["page_size"], page["page_count"]) for page in pages} == {
        (45, 20, 3)
    }
    assert (pages[0]["previous"], pages[2]["next"]) == (None, None)
    assert pages[0]["next"] == f"{sandbox.url}/v3.0/forms/many/rows/?page=2"
    assert pages[1]["previous"] == f"{sandbox.url}/v3.0/forms/many/rows/?page=1"
    names = [row["data"]["name-slug"] for page in pages for row in page["rows"]]
    assert names == [f"n{number}" for number in reversed(range(45))]


@pytest.mark.checklist("FL-S15")
def test_fl_s15_next_can_be_followed_and_keeps_the_query(sandbox: RunningSandbox) -> None:
    workspace = with_rows(sandbox, 7)
    url = "/v3.0/forms/many/rows/?page_size=3&sort_by=submit_number"
    numbers: list[int] = []
    while url:
        data = sandbox.request("GET", url, headers=workspace.headers()).json()["data"]
        numbers += [row["submit_number"] for row in data["rows"]]
        url = (data["next"] or "").removeprefix(sandbox.url)

    assert numbers == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("page", ["4", "0", "-1", "x", "99999999999999999999"])
@pytest.mark.checklist("FL-S15")
def test_fl_s15_page_that_does_not_exist_is_404(sandbox: RunningSandbox, page: str) -> None:
    workspace = with_rows(sandbox, 45)

    assert workspace.get("/forms/many/rows/", page=page).status == 404


@pytest.mark.parametrize(
    ("page_size", "size"), [("5", 5), ("max", 1000), ("5000", 1000), ("0", 20), ("x", 20)]
)
def test_page_size(sandbox: RunningSandbox, page_size: str, size: int) -> None:
    workspace = with_rows(sandbox, 1)

    assert workspace.data("/forms/many/rows/", page_size=page_size)["page_size"] == size


@pytest.mark.checklist("FL-S15")
def test_fl_s15_current_page_as_integer_is_a_knob(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/profile", {"formaloo_current_page": "integer"})

    assert workspace.data(f"/forms/{workspace.form['slug']}/rows/")["current_page"] == 1


@pytest.mark.checklist("FL-S16")
def test_fl_s16_filters_and_order(sandbox: RunningSandbox) -> None:
    workspace = with_rows(sandbox, 0)
    for day, name in ((1, "Ada"), (2, "Bob"), (3, "Adam")):
        sandbox.control("PUT", "/clock", {"now": f"2030-01-0{day}T12:00:00Z"})
        workspace.submit({"name-slug": name, "plan-slug": "gold-slug"}, slug="many")

    def names(**query: object) -> list[str]:
        rows = workspace.data("/forms/many/rows/", **query)["rows"]
        return [row["data"]["name-slug"] for row in rows]

    tracking_code = workspace.data("/forms/many/rows/")["rows"][0]["tracking_code"]
    assert names() == ["Adam", "Bob", "Ada"]
    assert names(sort_by="created_at") == ["Ada", "Bob", "Adam"]
    assert names(sort_by="-created_at") == ["Adam", "Bob", "Ada"]
    assert names(created_at="2030-01-02") == ["Bob"]
    assert names(created_at_gte="2030-01-02") == ["Adam", "Bob"]
    assert names(created_at_lte="2030-01-02") == ["Bob", "Ada"]
    assert names(submit_time_gte="2030-01-02T12:00:30") == ["Adam"]
    assert names(submit_time_lte="2030-01-02T11:00:00") == ["Ada"]
    assert names(tracking_code=tracking_code) == ["Adam"]
    assert names(**{"name-slug": "Ada"}) == ["Ada"]
    assert names(**{"name-slug_contains": "ada"}) == ["Adam", "Ada"]
    assert names(search="bo") == ["Bob"]
    assert names(unknown="x", ordering="created_at") == ["Adam", "Bob", "Ada"]
    assert workspace.get("/forms/many/rows/", created_at_gte="x").status == 400


@pytest.mark.checklist("FL-S17")
def test_fl_s17_row_object(workspace: Workspace) -> None:
    row = workspace.data(f"/rows/{workspace.form['rows'][0]}/")["row"]

    slugs = workspace.slugs
    assert row["form"] == workspace.form["slug"]
    assert row["data"][slugs["name"]] == "Ada Lovelace"
    assert row["data"][slugs["email"]] == "ada@example.com"
    rendered = {item["alias"]: item for item in row["rendered_data"]}
    assert rendered["plan"]["value"] == "Basic"
    assert rendered["plan"]["raw_value"] == row["data"][slugs["plan"]] != "Basic"
    assert row["readable_data"]["Name"] == "Ada Lovelace"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", row["created_at"])
    assert re.fullmatch(r"[A-Za-z0-9]{20}", row["slug"])


@pytest.mark.checklist("FL-S17")
def test_fl_s17_renderings_are_knobs(workspace: Workspace) -> None:
    knobs = {"formaloo_rendered_data": "object", "formaloo_readable_data": False}
    workspace.sandbox.control("PUT", "/profile", knobs)

    row = workspace.data(f"/rows/{workspace.form['rows'][0]}/")["row"]

    assert row["rendered_data"][workspace.slugs["name"]]["value"] == "Ada Lovelace"
    assert "readable_data" not in row


@pytest.mark.checklist("FL-S18")
def test_fl_s18_rows_that_arrive_between_pages_shift_them(sandbox: RunningSandbox) -> None:
    workspace = with_rows(sandbox, 4)

    first = workspace.data("/forms/many/rows/", page_size=2)["rows"]
    workspace.submit({"name-slug": "late"}, slug="many")
    second = workspace.data("/forms/many/rows/", page_size=2, page=2)["rows"]

    assert first[1]["slug"] == second[0]["slug"]


@pytest.mark.checklist("FL-S19")
def test_fl_s19_row_is_found_by_its_slug_only(workspace: Workspace) -> None:
    slug = workspace.form["rows"][1]
    row = workspace.data(f"/rows/{slug}/")["row"]

    assert row["slug"] == slug
    assert workspace.get(f"/rows/{row['submit_code']}/").status == 404
    assert workspace.get(f"/forms/{workspace.form['slug']}/rows/{slug}/").status == 404


@pytest.mark.checklist("FL-S20")
def test_fl_s20_new_row_can_stay_invisible_for_a_while(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/profile", {"formaloo_row_lag_seconds": 10})
    slug = workspace.submit(workspace.valid()).json()["data"]["row"]["slug"]
    rows = f"/forms/{workspace.form['slug']}/rows/"

    assert workspace.get(f"/rows/{slug}/").status == 404
    assert workspace.data(rows)["count"] == 3
    workspace.sandbox.control("PUT", "/clock", {"offset_seconds": 11})
    assert workspace.get(f"/rows/{slug}/").status == 200
    assert workspace.data(rows)["count"] == 4


@pytest.mark.checklist("FL-S23")
def test_fl_s23_long_crawl_meets_the_end_of_its_token(sandbox: RunningSandbox) -> None:
    workspace = with_rows(sandbox, 45)
    headers = workspace.headers()
    statuses = []
    for page, offset in ((1, 0), (2, 20), (3, 40)):
        sandbox.control("PUT", "/clock", {"offset_seconds": offset})
        path = f"/v3.0/forms/many/rows/?page={page}"
        statuses.append(sandbox.request("GET", path, headers=headers).status)

    assert statuses == [200, 200, 401]
