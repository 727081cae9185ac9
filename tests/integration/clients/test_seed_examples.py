"""The Python examples of both providers' own pages, run as they stand against the sandbox.

Changed are the URL, and the key where the example shows one that nobody has. The copy of Formaloo's
page has lost its URLs and line ends; they are put back.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).with_name("seed_examples")
SAMPLE_KEY = "fm_sk_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0"


def run(script: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-c", script],
        env={"NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.stderr == ""
    return finished.stdout


def forma_mail_example(url: str, *, key: str) -> str:
    script = (EXAMPLES / "forma_mail.py.txt").read_text()
    assert "https://api.formamail.com" in script
    assert SAMPLE_KEY in script
    return script.replace("https://api.formamail.com", url).replace(SAMPLE_KEY, key)


def test_forma_mails_example_sends_one_mail(sandbox):
    sandbox.control("POST", "/templates", {"slug": "your-template-id"})
    output = run(forma_mail_example(sandbox.url, key=sandbox.mint_key()))
    assert output.startswith("Email sent: {")
    (accepted,) = sandbox.accepted()
    assert accepted["id"] in output
    assert accepted["to"] == [{"email": "user@example.com", "name": "John Doe"}]


def test_forma_mails_example_with_its_own_key_gets_the_documented_error(sandbox):
    output = run(forma_mail_example(sandbox.url, key=SAMPLE_KEY))
    assert output.startswith("Error: {")
    assert "'statusCode': 401" in output
    assert "'code': 'API_KEY_NOT_FOUND'" in output
    assert sandbox.accepted() == []


def test_formaloos_example_gets_a_token_and_the_forms(sandbox, workspace):
    script = (EXAMPLES / "formaloo.py.txt").read_text()
    assert script.count("https://api.formaloo.me") == 2
    keys = f"api_key = {workspace['api_key']!r}\nsecret_key = {workspace['secret_key']!r}\n"
    shown = "\nprint(response.status_code, response.json()['data']['forms'][0]['slug'])"
    output = run(keys + script.replace("https://api.formaloo.me", sandbox.url) + shown)
    assert output.split() == ["200", workspace["forms"][0]["slug"]]
