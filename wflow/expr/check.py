"""Every problem of an expression that can be told without evaluating it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from wflow.expr.calls import call_problems
from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.functions import FUNCTIONS
from wflow.expr.lookup import path_of
from wflow.expr.parse import parse
from wflow.expr.references import ELEMENT, Reference, references_of
from wflow.expr.template import parts_of
from wflow.expr.vocabulary import Finding, Vocabulary
from wflow.model.nearest import nearest

__all__ = ["check"]

_OF_A_NODE = ("output", "status")


def check(value: Any, vocabulary: Vocabulary, *, template: bool = False) -> list[Finding]:
    """The problems of an expression's source, in the order of its text; of a text with ``${{ }}`` where ``template``.

    A value that is no string has none. Offsets count characters into ``value``.
    """
    if not isinstance(value, str):
        return []
    found: list[Finding] = []
    try:
        if not template:
            found.extend(_problems(value, vocabulary))
        else:
            for part in parts_of(value):
                if part.is_source:
                    inside = _problems(part.text, vocabulary)
                    found.extend(problem._replace(offset=problem.offset + part.offset) for problem in inside)
    except ExpressionSyntaxError as error:
        found.append(_syntax(error))
    return found


def _syntax(error: ExpressionSyntaxError) -> Finding:
    return Finding(error.code, f"the expression cannot be read: {error.reason}", error.offset, error.cure)


def _problems(source: str, vocabulary: Vocabulary) -> list[Finding]:
    try:
        tree = parse(source)
    except ExpressionSyntaxError as error:
        return [_syntax(error)]
    found = [Finding(*problem) for problem in call_problems(tree)]
    for reference in references_of(tree).found:
        found.extend(_of_reference(reference, vocabulary))
    return sorted(found, key=lambda problem: problem.offset)


def _of_reference(reference: Reference, vocabulary: Vocabulary) -> Iterator[Finding]:
    root, keys, offset = reference
    if root not in vocabulary.roots:
        yield _unknown_root(reference, vocabulary)
    elif not keys or not isinstance(keys[0], str):
        return
    elif root == "variables" and vocabulary.variables is not None:
        if keys[0] not in vocabulary.variables:
            cure = _meant(keys[0], vocabulary.variables, "variables.") or "declare it under `variables`"
            yield Finding("unknown-variable", f"there is no variable `{keys[0]}`", offset, cure)
    elif root == "params" and vocabulary.params is not None:
        if keys[0] not in vocabulary.params:
            cure = _meant(keys[0], vocabulary.params, "params.") or "declare it under `parameters`"
            yield Finding("unknown-parameter", f"there is no parameter `{keys[0]}`", offset, cure)
    elif root == "nodes":
        yield from _of_node(keys[0], reference, vocabulary)


def _unknown_root(reference: Reference, vocabulary: Vocabulary) -> Finding:
    root = reference.root
    cure = _meant(root, vocabulary.roots)
    if root == ELEMENT:
        message = "`it` is known within `where`, `map`, `sort`, `any` and `all` only"
        return Finding("unknown-name", message, reference.offset, None)
    if root in (vocabulary.variables or ()):
        cure = f"write `variables.{root}`"
    elif root in (vocabulary.params or ()):
        cure = f"write `params.{root}`"
    elif root in vocabulary.nodes and "nodes" in vocabulary.roots:
        cure = f"write `{path_of('nodes', (root, *_of_output(reference.keys)))}`"
    elif root in FUNCTIONS:
        cure = f"`{root}` is a function: write `{FUNCTIONS[root].usage}`"
    elif cure is None:
        cure = f"here there are {', '.join(f'`{name}`' for name in sorted(vocabulary.roots))}; a string needs quotes"
    return Finding("unknown-name", f"there is no name `{root}` here", reference.offset, cure)


def _of_output(keys: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return keys if keys[:1] == ("output",) else ("output", *keys)


def _of_node(node: str, reference: Reference, vocabulary: Vocabulary) -> Iterator[Finding]:
    offset = reference.offset
    allowed = vocabulary.nodes if vocabulary.ancestors is None else vocabulary.ancestors
    if node not in vocabulary.nodes:
        cure = _meant(node, vocabulary.nodes, "nodes.")
        if cure is None and any(node.startswith(f"{known}-") for known in vocabulary.nodes):
            cure = "a minus after a dotted name needs a space before it"
        yield Finding("unknown-node", f"there is no node `{node}` in this graph", offset, cure)
    elif node not in allowed:
        message = f"`{node}` does not come before this place, so its output cannot be read here"
        cure = f"connect `{node}` to it by edges, or hand the value over in a variable"
        yield Finding("not-an-ancestor", message, offset, cure)
    elif len(reference.keys) > 1 and reference.keys[1] not in _OF_A_NODE:
        path = path_of("nodes", (node, *_of_output(reference.keys[1:])))
        message = f"of a node there are `output` and `status`, no `{reference.keys[1]}`"
        yield Finding("unknown-name", message, offset, f"write `{path}`")


def _meant(name: str, known: Iterable[str], before: str = "") -> str | None:
    found = nearest(name, sorted(known))
    return f"did you mean `{before}{found}`?" if found is not None else None
