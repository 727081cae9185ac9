"""Evaluates metric math over the series that its names stand for."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from local.emulator.cloudwatch.arithmetic import Value, combine
from local.emulator.cloudwatch.functions import FUNCTIONS, LINEAR, REPEAT
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows

_OPERATIONS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda first, second: bool(first) and bool(second),
    ast.Or: lambda first, second: bool(first) or bool(second),
}
_METRICS, _TIME_SERIES = "METRICS", "TIME_SERIES"
SUPPORTED = sorted({*FUNCTIONS, _METRICS, _TIME_SERIES})


class Evaluation:
    """One expression at a time, with the values of its names.

    `metrics` are those that METRICS() means: all that are not expressions themselves.
    """

    def __init__(
        self, values: Mapping[str, Value], *, metrics: Mapping[str, Series], windows: Windows
    ) -> None:
        self._values = values
        self._metrics = metrics
        self._windows = windows

    def evaluate(self, node: ast.expr) -> Value:
        """Raises MetricRefusedError for what has no meaning, such as the rate of a number."""
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(id=name) if name in self._values:
                return self._values[name]
            case ast.List(elts=members):
                return tuple(self._member(member) for member in members)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
            case ast.Constant() | ast.Name():
                raise MetricRefusedError(f"'{ast.unparse(node)}' has no meaning here.")
        return self._operate(node)

    def _operate(self, node: ast.expr) -> Value:
        match node:
            case ast.BinOp(left=left, op=operation, right=right):
                operands = [left, right]
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                operands = [left, right]
            case ast.UnaryOp(op=operation, operand=operand):
                operands = [operand]
            case ast.BoolOp(op=operation, values=operands):
                pass
            case _:
                raise MetricRefusedError(f"'{ast.unparse(node)}' is not supported here.")
        values = [self.evaluate(operand) for operand in operands]
        apply = _OPERATIONS[type(operation)]
        if len(values) == 1:
            return combine(apply, values[0])
        result = values[0]
        for value in values[1:]:
            result = combine(apply, result, value)
        return result

    def _member(self, node: ast.expr) -> Series:
        value = self.evaluate(node)
        if not isinstance(value, Series):
            raise MetricRefusedError(f"'{ast.unparse(node)}' is no time series.")
        return value

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name not in SUPPORTED:
            raise MetricRefusedError(
                f"{name} is not supported here. Supported: {', '.join(SUPPORTED)}."
            )
        if name == _METRICS:
            return self._selected(arguments)
        given: list[Any] = [self._argument(name, argument) for argument in arguments]
        try:
            if name == _TIME_SERIES:
                return self._constant(*given)
            return FUNCTIONS[name](*given)
        except TypeError:
            raise MetricRefusedError(f"{name} was given wrong arguments.") from None

    def _argument(self, function: str, node: ast.expr) -> Any:
        if function == "FILL" and isinstance(node, ast.Name) and node.id in (REPEAT, LINEAR):
            return node.id
        return self.evaluate(node)

    def _selected(self, arguments: list[ast.expr]) -> Value:
        match arguments:
            case []:
                part = ""
            case [ast.Constant(value=str() as part)]:
                pass
            case _:
                raise MetricRefusedError("METRICS takes no argument, or a part of the ids.")
        return tuple(series for name, series in self._metrics.items() if part in name)

    def _constant(self, value: Value) -> Series:
        if not isinstance(value, float):
            raise MetricRefusedError("TIME_SERIES needs a number.")
        return Series.of(self._windows, dict.fromkeys(self._windows.starts(), value))
