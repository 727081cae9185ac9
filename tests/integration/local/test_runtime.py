"""The functions' interpreter and how it is prepared."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.runtime import prepare_runtime, runtime_name


def test_interpreter_is_prepared_once(runtimes: Path, tmp_path: Path) -> None:
    python = runtimes / runtime_name() / "bin" / "python"
    before = python.lstat().st_mtime_ns

    assert prepare_runtime(runtimes, log=tmp_path / "log") == python.parent.parent

    assert python.lstat().st_mtime_ns == before


def test_interpreter_without_its_packages_is_not_left_behind(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./there-is-no-such-file.whl --hash=sha256:" + "0" * 64 + "\n")
    log = tmp_path / "runtime.log"

    with pytest.raises(LocalStackError) as caught:
        prepare_runtime(tmp_path / "runtime", log=log, requirements=requirements)

    assert caught.value.message == "the functions' interpreter cannot be prepared"
    assert "there-is-no-such-file.whl" in str(caught.value)
    assert not (tmp_path / "runtime" / runtime_name()).exists()
