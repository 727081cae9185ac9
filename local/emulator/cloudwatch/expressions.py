"""The language of metric math: from the text of an expression to a tree that may be evaluated.

Its operators are Python's but for a few that are spelled otherwise, so Python's own parser reads
it. Everything else that Python would read is refused.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from typing import NoReturn

from local.emulator.cloudwatch.refusals import MetricRefusedError

_PART = re.compile(
    r"""\s*(?P<part>
        "[^"\\]*" | '[^'\\]*'
        | \d+\.?\d*(?:[eE][+-]?\d+)? | \.\d+
        | [A-Za-z_]\w*
        | && | \|\| | == | != | <= | >= | [-+*/^(),\[\]<>]
    )""",
    re.VERBOSE | re.ASCII,
)
_SPELLED_OTHERWISE = {"^": "**", "&&": "and", "||": "or", "AND": "and", "OR": "or"}
_NODES = (
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.List,
    ast.Name,
    ast.Constant,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)


def parse(text: str) -> ast.expr:
    """Raises MetricRefusedError saying where the text is no expression."""
    source = " ".join(_parts(text))
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise MetricRefusedError(f"Error in expression '{text}': {error.args[0]}") from None
    for node in ast.walk(tree):
        _check(node, text)
    return tree


def names(tree: ast.expr) -> set[str]:
    """The ids of the queries that the expression refers to."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in functions and node.id[0].islower()
    }


def _parts(text: str) -> Iterator[str]:
    at = 0
    before = ""
    while text[at:].strip():
        found = _PART.match(text, at)
        if found is None:
            _refuse(text, text[at:].lstrip()[0])
        part = found["part"]
        # Python would read the one as a power, the other as a division without remainder.
        if before + part in ("**", "//") or keyword.iskeyword(part):
            _refuse(text, part)
        yield _SPELLED_OTHERWISE.get(part, part)
        before, at = part, found.end()


def _refuse(text: str, part: str) -> NoReturn:
    raise MetricRefusedError(f"Error in expression '{text}': {part} is no part of metric math.")


def _check(node: ast.AST, text: str) -> None:
    if not isinstance(node, _NODES):
        fault = "it is no expression of metric math"
    elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        fault = "only a function can be called"
    elif isinstance(node, ast.Compare) and len(node.ops) > 1:
        fault = "comparisons cannot be chained; join them with AND"
    else:
        return
    raise MetricRefusedError(f"Error in expression '{text}': {fault}.")
