"""A guarded tree as one function made of closures, each of which takes a frame.

An expression over ``it`` costs steps: its size for each element, and what it reads or builds in passing, so that none
runs for minutes. Outside such expressions a tree of at most 500 nodes reads every value a bounded number of times, and
nothing is counted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

from wflow.expr.failures import Absent, Failure
from wflow.expr.frame import SIZED, Frame, Step, counted, size_of, spend
from wflow.expr.functions import FUNCTIONS, LOOPS, Function
from wflow.expr.growth import builds, gathered, selects
from wflow.expr.lookup import look, look_up_root, path_of, sliced
from wflow.expr.loops import loop
from wflow.expr.operators import BINARY, COMPARISONS, ORDERINGS, SYMBOLS, minus, ordered, plus_sign
from wflow.expr.parse import chain_of, count_nodes
from wflow.expr.references import ELEMENT
from wflow.expr.values import kind_of, shown

__all__ = ["compile_tree"]

_NUMBERS = frozenset({int, float})
_PLAIN_ORDERED = frozenset({int, float, str})
_LOOKED_INTO = (KeyError, IndexError, TypeError)


def compile_tree(node: ast.expr, *, inside: bool = False) -> Step:
    """The function that computes the tree, whose calls have no problems. It raises `Failure`.

    ``inside`` says whether the tree is an expression over ``it``.
    """
    match node:
        case ast.Constant():
            value = node.value
            return lambda _frame: value
        case ast.Name() | ast.Subscript():
            return _reference(node, inside)
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, node.args, inside)
        case ast.Compare():
            return _comparison(node, inside)
        case ast.BinOp():
            compute = BINARY[type(node.op)]
            return _binary(
                compute, compile_tree(node.left, inside=inside), compile_tree(node.right, inside=inside), inside
            )
        case ast.BoolOp():
            return _boolean(node, [compile_tree(value, inside=inside) for value in node.values])
        case ast.UnaryOp():
            return _unary(node, compile_tree(node.operand, inside=inside))
        case ast.IfExp():
            test, body = compile_tree(node.test, inside=inside), compile_tree(node.body, inside=inside)
            other = compile_tree(node.orelse, inside=inside)
            return lambda frame: body(frame) if test(frame) else other(frame)
        case ast.List():
            return _list(node, inside)
        case ast.Dict():
            return _mapping(node, inside)
    raise AssertionError(f"the parser lets no {type(node).__name__} through")


def _reference(node: ast.expr, inside: bool) -> Step:
    base, keys = chain_of(node)
    if isinstance(base, ast.Name):
        if inside and base.id == ELEMENT:
            return _of_element(keys)
        return _of_root(base.id, keys)
    if keys:
        return _of_value(compile_tree(base, inside=inside), keys)
    assert isinstance(base, ast.Subscript), "a base without keys is itself a computed lookup"
    return _computed_lookup(base, inside)


def _of_root(root: str, keys: tuple[str | int, ...]) -> Step:
    def explain(frame: Frame) -> Any:
        return _walk(look_up_root(frame[0], root), keys, root)

    if not keys:
        return lambda frame: look_up_root(frame[0], root)
    if len(keys) == 1:
        (key,) = keys

        def one(frame: Frame) -> Any:
            try:
                return frame[0][root][key]
            except _LOOKED_INTO:
                return explain(frame)

        return one

    def several(frame: Frame) -> Any:
        try:
            value = frame[0][root]
            for key in keys:
                value = value[key]
            return value
        except _LOOKED_INTO:
            return explain(frame)

    return several


def _walk(value: Any, keys: tuple[str | int, ...], root: str) -> Any:
    """Key after key with our own rules: what is told apart where the fast way did not work."""
    for number, key in enumerate(keys):
        if value is None:
            return None
        value = look(value, key, partial(_path, root, keys[:number]))
    return value


def _path(root: str, keys: tuple[str | int, ...]) -> str:
    return f"`{path_of(root, keys)}`"


def _nameless() -> str:
    return "the value"


def _of_element(keys: tuple[str | int, ...]) -> Step:
    if not keys:
        return lambda frame: frame[3]

    def looked_up(frame: Frame) -> Any:
        try:
            value = frame[3]
            for key in keys:
                value = value[key]
            return value
        except _LOOKED_INTO:
            return _walk(frame[3], keys, ELEMENT)

    return looked_up


def _of_value(base: Step, keys: tuple[str | int, ...]) -> Step:
    def looked_up(frame: Frame) -> Any:
        value = base(frame)
        for key in keys:
            value = look(value, key, _nameless)
        return value

    return looked_up


def _computed_lookup(node: ast.Subscript, inside: bool) -> Step:
    base, keys = chain_of(node.value)
    path = partial(_path, base.id, keys) if isinstance(base, ast.Name) else _nameless
    value = compile_tree(node.value, inside=inside)
    if not isinstance(node.slice, ast.Slice):
        key = compile_tree(node.slice, inside=inside)
        return lambda frame: look(value(frame), key(frame), path)
    lower, upper, step = (
        None if bound is None else compile_tree(bound, inside=inside)
        for bound in (node.slice.lower, node.slice.upper, node.slice.step)
    )

    def cut(frame: Frame) -> Any:
        found = sliced(
            value(frame),
            None if lower is None else lower(frame),
            None if upper is None else upper(frame),
            None if step is None else step(frame),
        )
        if inside:
            spend(frame[4], size_of(found))
        return found

    return cut


def _comparison(node: ast.Compare, inside: bool) -> Step:
    left = compile_tree(node.left, inside=inside)
    pairs = [
        (_compared(operator, inside), compile_tree(right, inside=inside))
        for operator, right in zip(node.ops, node.comparators, strict=True)
    ]
    if len(pairs) == 1:
        (compare, right), operator = pairs[0], node.ops[0]
        plain_order = ORDERINGS.get(SYMBOLS[type(operator)])
        if plain_order is not None:
            return _order(plain_order, compare, left, right, inside)
        if inside:
            return lambda frame: compare(counted(frame, left(frame)), counted(frame, right(frame)))
        return lambda frame: compare(left(frame), right(frame))

    def chained(frame: Frame) -> bool:
        value = left(frame)
        for compare, right in pairs:
            following = right(frame)
            if inside:
                counted(frame, following)
            if not compare(value, following):
                return False
            value = following
        return True

    return chained


def _compared(operator: ast.cmpop, inside: bool) -> Callable[[Any, Any], bool]:
    symbol = SYMBOLS[type(operator)]
    if symbol in ORDERINGS:
        return lambda left, right: ordered(symbol, left, right)
    return COMPARISONS[type(operator)]


def _order(
    plain_order: Callable[[Any, Any], Any], compare: Callable[[Any, Any], bool], left: Step, right: Step, inside: bool
) -> Step:
    quick = _NUMBERS if inside else _PLAIN_ORDERED

    def run(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        kind = type(one)
        if kind is type(other) and kind in quick:
            return plain_order(one, other)
        if inside:
            counted(frame, one)
            counted(frame, other)
        return compare(one, other)

    return run


def _binary(compute: Callable[[Any, Any], Any], left: Step, right: Step, inside: bool) -> Step:
    if not inside:
        return lambda frame: compute(left(frame), right(frame))

    def run(frame: Frame) -> Any:
        found = compute(left(frame), right(frame))
        if isinstance(found, SIZED):
            spend(frame[4], len(found))
        return found

    return run


def _boolean(node: ast.BoolOp, values: list[Step]) -> Step:
    *first, last = values
    stops = isinstance(node.op, ast.Or)

    def run(frame: Frame) -> Any:
        for value in first:
            found = value(frame)
            if bool(found) is stops:
                return found
        return last(frame)

    return run


def _unary(node: ast.UnaryOp, operand: Step) -> Step:
    if isinstance(node.op, ast.Not):
        return lambda frame: not operand(frame)
    sign = minus if isinstance(node.op, ast.USub) else plus_sign
    return lambda frame: sign(operand(frame))


def _list(node: ast.List, inside: bool) -> Step:
    elements = [compile_tree(element, inside=inside) for element in node.elts]
    if any(builds(element) for element in node.elts):
        return lambda frame: gathered(element(frame) for element in elements)
    return lambda frame: [element(frame) for element in elements]


def _mapping(node: ast.Dict, inside: bool) -> Step:
    keys = [compile_tree(key, inside=inside) for key in node.keys if key is not None]
    values = [compile_tree(value, inside=inside) for value in node.values]
    grows = any(builds(value) for value in node.values)

    def run(frame: Frame) -> dict[str, Any]:
        names = [key(frame) for key in keys]
        for name in names:
            if type(name) is not str:
                raise Failure(
                    f"the keys of a mapping are strings, {shown(name)} is {kind_of(name)}; `str(x)` makes one"
                )
        found = gathered(value(frame) for value in values) if grows else [value(frame) for value in values]
        return dict(zip(names, found, strict=True))

    return run


def _call(name: str, args: list[ast.expr], inside: bool) -> Step:
    if name in LOOPS and len(args) == 2:
        body = compile_tree(args[1], inside=True)
        value = compile_tree(args[0], inside=inside)
        return loop(name, value, body, weight=count_nodes(args[1]), builds=not selects(args[1]))
    if name == "default":
        return _default(compile_tree(args[0], inside=inside), compile_tree(args[1], inside=inside))
    if name == "now":
        return lambda frame: frame[1]
    if name == "env":
        (literal,) = args
        assert isinstance(literal, ast.Constant), "calls are checked before they are compiled"
        wanted = str(literal.value)
        return lambda frame: frame[2].get(wanted)
    return _function(FUNCTIONS[name], [compile_tree(value, inside=inside) for value in args], inside)


def _default(value: Step, otherwise: Step) -> Step:
    def run(frame: Frame) -> Any:
        try:
            found = value(frame)
        except Absent:
            return otherwise(frame)
        return otherwise(frame) if found is None else found

    return run


def _function(function: Function, args: list[Step], inside: bool) -> Step:
    call = function.call
    assert call is not None, "those without are compiled one by one"
    if not inside:
        if len(args) == 1:
            (only,) = args
            return lambda frame: call(only(frame))
        return lambda frame: call(*[argument(frame) for argument in args])

    def run(frame: Frame) -> Any:
        values = [argument(frame) for argument in args]
        if function.reads != "little":
            for value in values:
                if function.reads == "all":
                    counted(frame, value)
                else:
                    spend(frame[4], size_of(value))
        found = call(*values)
        spend(frame[4], size_of(found))
        return found

    return run
