"""What an expression refers to, told from its tree alone."""

from __future__ import annotations

import ast
from typing import NamedTuple

from wflow.expr.functions import LOOPS
from wflow.expr.parse import chain_of, children_of

__all__ = ["ELEMENT", "Reference", "References", "references_of"]

#: What an element is called within the expressions of ``where``, ``map``, ``sort``, ``any`` and ``all``.
ELEMENT = "it"


class Reference(NamedTuple):
    """A name and the constant keys after it: ``nodes.load.output[0]`` is ``nodes`` with ``("load", "output", 0)``.

    ``offset`` counts characters into the source. The keys end where one is computed.
    """

    root: str
    keys: tuple[str | int, ...]
    offset: int


class References(NamedTuple):
    """What a tree refers to. ``found`` has each reference once, by its first place, in the order of the source.

    ``env_names`` are the literal names given to ``env``. ``repeats`` is true where one root may be asked for more
    than once in an evaluation; ``loops`` where an expression over ``it`` is evaluated.
    """

    found: tuple[Reference, ...]
    env_names: frozenset[str]
    repeats: bool
    loops: bool


def references_of(tree: ast.expr) -> References:
    """The references of a tree that `wflow.expr.parse.parse` made."""
    collector = _Collector()
    collector.visit(tree, inside=False)
    unique = {(found.root, found.keys): found for found in sorted(collector.found, key=lambda ref: -ref.offset)}
    roots = [found.root for found in collector.found]
    repeats = len(set(roots)) < len(roots) or collector.asked_inside
    ordered = tuple(sorted(unique.values(), key=lambda ref: ref.offset))
    return References(ordered, frozenset(collector.env_names), repeats, collector.loops)


class _Collector:
    def __init__(self) -> None:
        self.found: list[Reference] = []
        self.env_names: set[str] = set()
        self.asked_inside = False
        self.loops = False

    def visit(self, node: ast.expr, *, inside: bool) -> None:
        """Look at a node and what is below it; ``inside`` an expression over ``it`` or not."""
        if isinstance(node, (ast.Name, ast.Subscript)):
            base, keys = chain_of(node)
            if isinstance(base, ast.Name):
                if not (inside and base.id == ELEMENT):
                    self.found.append(Reference(base.id, keys, base.col_offset))
                    self.asked_inside = self.asked_inside or inside
                return
        if isinstance(node, ast.Call):
            self._call(node, inside=inside)
            return
        for below in children_of(node):
            self.visit(below, inside=inside)

    def _call(self, node: ast.Call, *, inside: bool) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "env" and node.args and isinstance(node.args[0], ast.Constant):
            self.env_names.add(str(node.args[0].value))
        for number, argument in enumerate(node.args):
            loop = number == 1 and name in LOOPS
            self.loops = self.loops or loop
            self.visit(argument, inside=inside or loop)
