"""`stack.env` as a file."""

from __future__ import annotations

from pathlib import Path

from local.stack_file import KEYS, OUTPUTS, write_stack_file


def test_stack_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("old")
    path.chmod(0o644)

    write_stack_file(path, values={"SANDBOX_URL": "http://127.0.0.1:1", "UNKNOWN": "ignored"})

    lines = path.read_text().splitlines()
    given = {"SANDBOX_URL": "http://127.0.0.1:1"}
    assert lines == [f"{key}={given.get(key, '')}" for key in KEYS]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["stack.env"]


def test_every_output_has_its_place_in_the_stack_file() -> None:
    assert set(OUTPUTS) < set(KEYS)
