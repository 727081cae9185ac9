"""Which test stands for which item, read from the marks without importing a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MARK = "pytest.mark.checklist"


def marked_tests() -> dict[str, list[str]]:
    """The ids of the items, each with its tests as pytest names them.

    Raises:
        TypeError: A mark names something else than literal strings.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if _MARK not in text:
            continue
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                test = f"{path.relative_to(ROOT).as_posix()}::{function.name}"
                for item in _items(function, test=test):
                    found.setdefault(item, []).append(test)
    return found


def _items(function: ast.FunctionDef, *, test: str) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == _MARK:
            for argument in decorator.args:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    raise TypeError(f"{test}: checklist takes ids as strings")
                yield argument.value
