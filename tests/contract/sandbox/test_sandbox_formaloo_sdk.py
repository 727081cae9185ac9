"""Formaloo's own SDK runs unmodified against the sandbox (X-S5).

It caches a token for five minutes. The seed grants thirty seconds, so its cache is expected to
fail here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import RunningSandbox

SCRIPT = """
import json, sys, urllib.request
from formaloo.forms import Form, FormDisplay

url, form_slug, name_slug, email_slug = sys.argv[1:]
form = Form()
answers = {
    "first": form.get_list(),
    "again": form.get_list(),
    "one": form.get(url_params=[form_slug]),
    "rows": form.rows_list(url_params=[form_slug]),
    "submitted": FormDisplay(**{name_slug: "Eve", email_slug: "eve@example.com"}).submit(
        url_params=[form_slug]
    ),
}
urllib.request.urlopen(
    urllib.request.Request(
        url + "/_sandbox/clock", data=b'{"offset_seconds": 31}', method="PUT"
    )
).close()
answers["after_31_seconds"] = form.get_list()
answers["another_client"] = Form().get_list()
print(json.dumps(answers))
"""


def run_sdk(sandbox: RunningSandbox, *, folder: Path) -> dict[str, Any]:
    # Its settings are read from the environment at import, hence a process of its own.
    state = sandbox.control("GET", "/formaloo")
    form = state["forms"][0]
    slugs = {field["alias"]: field["slug"] for field in form["fields"]}
    environment = {
        "PATH": os.environ["PATH"],
        "FORMALOO_API_BASE": f"{sandbox.url}/v1.0/",
        "FORMALOO_CLIENT_KEY": state["api_key"],
        "FORMALOO_CLIENT_SECRET": state["secret_key"],
    }
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT, sandbox.url, form["slug"], slugs["name"], slugs["email"]],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


@pytest.mark.checklist("X-S5")
def test_x_s5_sdk_works_until_its_cached_token_is_refused_after_30_seconds(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    answers = run_sdk(sandbox, folder=tmp_path)

    state = sandbox.control("GET", "/formaloo")
    form = state["forms"][0]
    working = ("first", "again", "one", "rows", "another_client")
    assert [answers[name]["status"] for name in working] == [200] * 5
    assert [item["slug"] for item in answers["first"]["data"]["forms"]] == [form["slug"]]
    assert answers["one"]["data"]["form"]["slug"] == form["slug"]
    assert answers["rows"]["data"]["count"] == 3
    assert answers["submitted"]["status"] == 201
    assert answers["submitted"]["data"]["row"]["slug"] == form["rows"][-1]
    assert answers["after_31_seconds"]["status"] == 401
    assert answers["after_31_seconds"]["errors"]["general_errors"] == ["Signature has expired."]
    # One token for the first client, one for the submitter, one for the client made later.
    assert state["token_mints"] == 3
