"""`pip install` of the layer's package, in an environment of its own, outside the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "formarelay"
USE = """
import importlib.util, sys
from formarelay.standalone import forma_mail
print(forma_mail(env_file=sys.argv[1]).key_state())
print(importlib.util.find_spec("aws_lambda_powertools"), importlib.util.find_spec("boto3"))
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the package, as the quick start installs it."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    interpreter = folder / "bin" / "python"
    package = f"{PACKAGE}[dotenv]"
    # As everywhere: pip, slower, where uv cannot reach the package index that pip is set up for.
    uv = Path(sys.executable).with_name("uv")
    with_uv = [uv, "pip", "install", "--python", interpreter, "--quiet", package]
    if subprocess.run(with_uv, cwd=folder, check=False, timeout=300).returncode:
        pip = (sys.executable, "-m", "pip", "--python", interpreter)
        run(*pip, "install", "--quiet", "--disable-pip-version-check", package, cwd=folder)
    return interpreter


def test_the_package_works_by_itself_with_a_file_of_settings(python, tmp_path):
    file = tmp_path / ".env"
    # Nobody listens there, and nothing leaves this machine.
    file.write_text("FORMA_MAIL_API_KEY=fm_sk_a\nFORMA_MAIL_API_URL=http://127.0.0.1:9/api\n")
    assert run(python, "-c", USE, file, cwd=tmp_path, env={}) == "unknown\nNone None\n"


def test_the_package_is_typed_and_whole(python, tmp_path):
    code = "import formarelay; print(formarelay.__path__[0])"
    installed = Path(run(python, "-c", code, cwd=tmp_path, env={}).strip())
    assert not installed.is_relative_to(ROOT)

    def modules(folder: Path) -> set[str]:
        files = [*folder.rglob("*.py"), *folder.rglob("py.typed")]
        return {path.relative_to(folder).as_posix() for path in files}

    assert modules(installed) == modules(PACKAGE / "formarelay")
    assert "py.typed" in modules(installed)


def test_the_installation_leaves_nothing_in_the_sources(python):
    assert {path.name for path in PACKAGE.iterdir()} == {
        *("Makefile", "formarelay", "pyproject.toml", "requirements.in", "requirements.txt")
    }
