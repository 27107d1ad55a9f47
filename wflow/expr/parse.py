"""An expression's text as a guarded tree: `ast` nodes of a few kinds only, offsets counted in the user's text.

The tokens are written out again for Python's parser, with every dotted key as a placeholder, so that keys may be
keywords and may hold a minus, and nothing reaches that parser that the lexer does not know. Its tree is then cut down:

* ``Attribute`` becomes ``Subscript`` with a constant key: there is no attribute access in what comes out;
* ``value | filter(x)`` becomes ``Call(filter, [value, x])``; a ``|`` without a filter on its right is an error;
* what is left is ``Constant``, ``Name``, ``Subscript`` (``Slice``), ``Call`` of a ``Name``, ``BinOp``, ``UnaryOp``,
  ``BoolOp``, ``Compare``, ``IfExp``, ``List`` and ``Dict``; anything else is an error.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NoReturn

from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.lexer import MOST_DEPTH, Token, tokenize

__all__ = ["MOST_INTEGER_BITS", "MOST_NODES", "chain_of", "children_of", "count_nodes", "parse", "walk"]

#: Nodes that a tree may have.
MOST_NODES = 500

#: Bits that an integer may have.
MOST_INTEGER_BITS = 4096

_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_OPERATORS: tuple[type[ast.AST], ...] = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift),
    *(ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
)
_VALUES = frozenset({"name", "string", "number"})
_CLOSING = frozenset({")", "]", "}"})
_REFUSED: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.Tuple: ("a comma stands outside of a list", "write a list with brackets: `[1, 2]`"),
    ast.Set: ("there are no sets", "write a list with brackets: `[1, 2]`"),
}


def parse(source: str) -> ast.expr:
    """The guarded tree of ``source``. ``col_offset`` of each node counts characters into ``source``.

    Raises ExpressionSyntaxError for whatever is no expression of the language, or has more than 500 nodes, or is
    nested deeper than 50. Names, functions and their arguments are not looked at.
    """
    tokens = tokenize(source)
    return _Guard(source, tokens).tree(_python_tree(source, tokens))


def _python_tree(source: str, tokens: list[Token]) -> ast.expr:
    text = " ".join([_written(number, token) for number, token in enumerate(tokens)])
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise _refusal(source, tokens, (error.offset or 1) - 1) from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise ExpressionSyntaxError(source, f"it is nested deeper than {MOST_DEPTH}", 0) from None


def _written(number: int, token: Token) -> str:
    if token.kind == "key":
        return f".k{number}"
    if token.kind == "string":
        return ascii(token.value)
    return _CONSTANTS.get(token.value, token.value) if token.kind == "name" else token.value


def _starts(tokens: list[Token]) -> dict[int, Token]:
    """Which token starts at which column of the text that Python's parser got."""
    starts = {}
    column = 0
    for number, token in enumerate(tokens):
        starts[column] = token
        column += len(_written(number, token)) + 1
    return starts


def _refusal(source: str, tokens: list[Token], column: int) -> ExpressionSyntaxError:
    """The error for what Python's parser refused at ``column``, in our words where the tokens tell more."""
    last = tokens[-1]
    if last.kind == "word" or (last.kind == "op" and last.value not in _CLOSING):
        return ExpressionSyntaxError(source, f"a value is missing after `{last.value}`", last.offset)
    for before, token in pairwise(tokens):
        ends = before.kind in _VALUES or before.kind == "key" or before.value in _CLOSING
        if ends and (token.kind in _VALUES or token.value == "{"):
            return ExpressionSyntaxError(
                source, f"an operator or a comma is missing before `{_shown(token)}`", token.offset
            )
    starts = _starts(tokens)
    token = starts[max(start for start in starts if start <= max(column, 0))]
    return ExpressionSyntaxError(source, f"`{_shown(token)}` cannot stand here", token.offset)


def _shown(token: Token) -> str:
    text = repr(token.value) if token.kind == "string" else token.value
    return text if len(text) <= 60 else text[:59] + "…"


class _Guard:
    """Cuts down one tree; every node that comes out has been looked at."""

    def __init__(self, source: str, tokens: list[Token]) -> None:
        self._source = source
        self._tokens = tokens
        self._offsets = {column: token.offset for column, token in _starts(tokens).items()}
        self._left = MOST_NODES

    def tree(self, node: ast.expr) -> ast.expr:
        return self._expr(node, 1)

    def _refuse(self, node: ast.expr, reason: str, cure: str | None = None) -> NoReturn:
        raise ExpressionSyntaxError(self._source, reason, self._offset(node), cure=cure)

    def _offset(self, node: ast.expr) -> int:
        return self._offsets.get(node.col_offset, 0)

    def _expr(self, node: ast.expr, depth: int) -> ast.expr:
        if depth > MOST_DEPTH:
            self._refuse(node, f"it is nested deeper than {MOST_DEPTH}", "let a python node compute it")
        self._left -= 1
        if self._left < 0:
            self._refuse(node, f"it has more than {MOST_NODES} parts", "let a python node compute it")
        guarded = self._guarded(node, depth + 1)
        guarded.col_offset = self._offset(node)
        return guarded

    def _guarded(self, node: ast.expr, below: int) -> ast.expr:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                pass
            case ast.Attribute() | ast.Subscript():
                return self._chain(node, below)
            case ast.Call():
                return self._call(node, node.args, below)
            case ast.BinOp(op=ast.BitOr()):
                return self._pipe(node, below)
            case ast.BinOp():
                node.left, node.right = self._expr(node.left, below), self._expr(node.right, below)
            case ast.UnaryOp():
                return self._unary(node, below)
            case ast.BoolOp():
                node.values = [self._expr(value, below) for value in node.values]
            case ast.Compare():
                node.left = self._expr(node.left, below)
                node.comparators = [self._expr(value, below) for value in node.comparators]
            case ast.IfExp():
                node.test, node.body = self._expr(node.test, below), self._expr(node.body, below)
                node.orelse = self._expr(node.orelse, below)
            case ast.List():
                node.elts = [self._expr(value, below) for value in node.elts]
            case ast.Dict():
                self._dict(node, below)
            case _:
                self._refuse(node, *_REFUSED.get(type(node), ("this is no part of the language", None)))
        self._operators(node)
        return node

    def _operators(self, node: ast.expr) -> None:
        found: list[ast.AST] = []
        if isinstance(node, ast.BinOp | ast.BoolOp):
            found = [node.op]
        elif isinstance(node, ast.Compare):
            found = list(node.ops)
        for operator in found:
            if not isinstance(operator, _OPERATORS):
                self._refuse(node, f"the operator `{type(operator).__name__}` is no part of the language")

    def _constant(self, node: ast.Constant) -> ast.Constant:
        value = node.value
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(node, "the number is too large")
        if isinstance(value, int) and value.bit_length() > MOST_INTEGER_BITS:
            self._refuse(node, f"the number has more than {MOST_INTEGER_BITS:,} bits")
        if value is not None and not isinstance(value, str | int | float):
            self._refuse(node, "this is no part of the language")
        return node

    def _unary(self, node: ast.UnaryOp, below: int) -> ast.expr:
        operand = node.operand = self._expr(node.operand, below)
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and type(operand.value) in {int, float}:
            assert isinstance(operand.value, int | float), "looked at in the line above"
            operand.value = -operand.value
            return operand
        if not isinstance(node.op, _OPERATORS):
            self._refuse(node, "this operator is no part of the language")
        return node

    def _chain(self, node: ast.expr, below: int) -> ast.expr:
        """``base.key[index].key``: as deep as its base, however long."""
        links: list[ast.Attribute | ast.Subscript] = []
        base = node
        while isinstance(base, ast.Attribute | ast.Subscript):
            links.append(base)
            base = base.value
        self._left -= len(links) - 1
        found = self._expr(base, below)
        for link in reversed(links):
            key = self._key(link, below)
            found = ast.Subscript(value=found, slice=key, ctx=ast.Load(), col_offset=found.col_offset)
        return found

    def _key(self, link: ast.Attribute | ast.Subscript, below: int) -> ast.expr:
        if isinstance(link, ast.Attribute):
            token = self._tokens[int(link.attr[1:])]
            return ast.Constant(value=token.value, col_offset=token.offset)
        if not isinstance(link.slice, ast.Slice):
            return self._expr(link.slice, below)
        bounds = link.slice
        for name in ("lower", "upper", "step"):
            bound = getattr(bounds, name)
            if bound is not None:
                setattr(bounds, name, self._expr(bound, below))
        bounds.col_offset = self._offset(link)
        return bounds

    def _pipe(self, node: ast.BinOp, below: int) -> ast.expr:
        named = node.right
        if isinstance(named, ast.Name):
            return self._call(ast.Call(func=named, args=[], keywords=[]), [node.left], below)
        if not isinstance(named, ast.Call):
            self._refuse(named, "a filter's name is missing after `|`", "write `value | length`; `or` is the other one")
        return self._call(named, [node.left, *named.args], below)

    def _call(self, node: ast.Call, args: list[ast.expr], below: int) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            self._refuse(node.func, "only functions of the table can be called", "write `value | filter(argument)`")
        if node.keywords:
            self._refuse(node.func, "arguments have no names")
        node.func.col_offset = self._offset(node.func)
        node.args = [self._expr(value, below) for value in args]
        return node

    def _dict(self, node: ast.Dict, below: int) -> None:
        for key in node.keys:
            if key is None:
                self._refuse(node, "`**` cannot stand here")
            if isinstance(key, ast.Constant) and not isinstance(key.value, str):
                self._refuse(key, "the keys of a mapping are strings", 'write `{"key": value}`')
        node.keys = [self._expr(key, below) for key in node.keys if key is not None]
        node.values = [self._expr(value, below) for value in node.values]


def chain_of(node: ast.expr) -> tuple[ast.expr, tuple[str | int, ...]]:
    """The base of ``base.key[0].key`` and its constant keys, outermost last; a node that is no such chain has none."""
    keys: list[str | int] = []
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = node.slice.value
        if type(key) is not str and type(key) is not int:
            break
        keys.append(key)
        node = node.value
    keys.reverse()
    return node, tuple(keys)


def children_of(node: ast.expr) -> list[ast.expr]:
    """The values right below a node, in the order of the source; a function's name is none of them."""
    match node:
        case ast.Subscript():
            return [node.value, node.slice]
        case ast.Call():
            return node.args
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.BoolOp():
            return node.values
        case ast.UnaryOp():
            return [node.operand]
        case ast.IfExp():
            return [node.body, node.test, node.orelse]
        case ast.List():
            return node.elts
        case ast.Dict():
            return [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
        case ast.Slice():
            return [bound for bound in (node.lower, node.upper, node.step) if bound is not None]
    return []


def walk(node: ast.expr) -> Iterator[ast.expr]:
    """The node and all values below it."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(children_of(node))


def count_nodes(node: ast.expr) -> int:
    """How many values the tree has, itself included."""
    return sum(1 for _ in walk(node))
