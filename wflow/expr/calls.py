"""What is wrong with the calls in a tree: functions that there are not, and arguments that they do not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from wflow.expr.functions import FUNCTIONS, Function
from wflow.expr.parse import walk
from wflow.model.nearest import did_you_mean

__all__ = ["CallProblem", "call_problems"]


class CallProblem(NamedTuple):
    """A call that cannot be. ``offset`` counts characters into the source."""

    code: str
    message: str
    offset: int
    cure: str | None


def call_problems(tree: ast.expr) -> Iterator[CallProblem]:
    """The problems of all calls in a tree that `wflow.expr.parse.parse` made."""
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            problem = _problem(node.func, node.args)
            if problem is not None:
                yield problem


def _problem(name: ast.Name, args: list[ast.expr]) -> CallProblem | None:
    function = FUNCTIONS.get(name.id)
    if function is None:
        cure = did_you_mean(name.id, FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
        return CallProblem("unknown-name", f"there is no function or filter `{name.id}`", name.col_offset, cure)
    if not function.least <= len(args) <= function.most:
        message = (
            f"`{name.id}` takes {_arguments(function)}, here it has {len(args)} (the left side of `|` is the first)"
        )
        return CallProblem("expression-syntax", message, name.col_offset, f"write `{function.usage}`")
    if name.id == "env":
        literal = args[0]
        if not (isinstance(literal, ast.Constant) and isinstance(literal.value, str)):
            message = "the name of an environment variable is written out"
            return CallProblem("expression-syntax", message, literal.col_offset, 'write `env("NAME")`')
    return None


def _arguments(function: Function) -> str:
    least, most = function.least, function.most
    if most == 0:
        return "no arguments"
    if most == 99:
        return f"{least} argument or more"
    count = str(least) if least == most else f"{least} to {most}"
    return f"{count} argument{'' if most == 1 else 's'}"
