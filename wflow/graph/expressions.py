"""Every expression and template of a workflow, checked with the names that there are in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wflow.expr import ExpressionSyntaxError, Vocabulary, check, compile_expression, compile_template, has_template
from wflow.graph.cycles import ancestry_faults
from wflow.graph.view import GraphView, loop_names
from wflow.model.diagnostics import Diagnostic
from wflow.model.kinds import KINDS
from wflow.model.plenty import plenty
from wflow.model.workflow import Node, Path, Workflow

__all__ = ["ExpressionChecks"]

_EVERYWHERE = frozenset({"variables", "params", "nodes", "run"})
_NODE = _EVERYWHERE | {"input", "inputs"}
_EDGE = _NODE | {"output", "error"}
_UNTIL = _NODE | {"completed", "failed", "results"}

#: Settings that hold neither an expression nor a template: names of this file, and scripts.
_NO_TEXT = frozenset({"script", "targets", "cases", "as", "outputs", "nodes", "edges"})

#: Expressions that one text may hold.
_TEMPLATES = 100

#: Names that may be compared for cures, over all findings of a file; a file that needs more has enough to mend.
_COMPARISONS = 50_000


class ExpressionChecks:
    """The expressions of one workflow. Equal ones in equal places are looked at once."""

    def __init__(self, workflow: Workflow, diagnostics: list[Diagnostic]) -> None:
        self.workflow = workflow
        self.diagnostics = diagnostics
        self.variables = frozenset(workflow.variables)
        self.params = frozenset(workflow.parameters)
        self.left = _COMPARISONS
        self.known: dict[Any, Any] = {}

    def outputs(self) -> None:
        """Check the workflow's ``outputs``."""
        nodes = frozenset(node.id for node in self.workflow.graph.nodes)
        vocabulary = self._vocabulary(_EVERYWHERE, nodes)
        for name, value in self.workflow.outputs.items():
            self._bare(value, ("outputs", name), vocabulary)

    def graph(self, view: GraphView, ordered: Sequence[str]) -> None:
        """Check every expression in a graph, and that the nodes they name come before them."""
        nodes = frozenset(view.nodes)
        loops = view.loop_names
        asked: list[tuple[frozenset[str], str, Path, int]] = []
        edge_words = self._vocabulary(_EDGE | loops, nodes)
        for edge in view.graph.edges:
            if plenty(self.diagnostics):
                return
            if edge.condition is not None:
                path = (*edge.path, "condition")
                self._bare(edge.condition, path, edge_words)
                for name, offset in self._named(edge.condition, template=False):
                    if name != edge.source:
                        asked.append((frozenset((edge.source,)), name, path, offset))
        words = self._vocabulary(_NODE | loops, nodes)
        for node in view.graph.nodes:
            if plenty(self.diagnostics):
                return
            if not node.settings and not node.env and node.idempotency_key is None:
                continue
            self._node(view, node, words, loops, asked)
        self._ancestors(view, ordered, asked)

    def _vocabulary(self, roots: frozenset[str], nodes: frozenset[str]) -> Vocabulary:
        return Vocabulary(roots, self.variables, self.params, nodes, None)

    def _node(
        self,
        view: GraphView,
        node: Node,
        words: Vocabulary,
        loops: frozenset[str],
        asked: list[tuple[frozenset[str], str, Path, int]],
    ) -> None:
        kind = KINDS.get(node.type)
        bare = kind.expressions if kind is not None else ()
        if node.type == "while":
            words = self._vocabulary(words.roots | {"iteration_index"}, words.nodes)
        if any(other.compensate == node.id for other in view.stands_for.get(node.id, ())):
            words = self._vocabulary(words.roots | {"output", "error"}, words.nodes)
        places = self._places(view, node)
        for key, value in node.settings.items():
            path = (*node.path, key)
            if key == "script":
                self._script(value, path)
            elif key in bare:
                special = self._special(node, key, words, loops)
                self._bare(value, path, special)
                if special.nodes is words.nodes:
                    asked += [(places, name, path, offset) for name, offset in self._named(value, template=False)]
            elif key not in _NO_TEXT:
                self._templates(value, path, words, places, asked)
        self._templates(node.env, (*node.path, "env"), words, places, asked)
        if node.idempotency_key is not None:
            self._templates(node.idempotency_key, (*node.path, "idempotency_key"), words, places, asked)

    def _places(self, view: GraphView, node: Node) -> frozenset[str]:
        """The nodes before which a node named in ``node`` has to come: those that it stands for, else itself."""
        stands_for = view.stands_for.get(node.id)
        return frozenset(other.id for other in stands_for) if stands_for else frozenset((node.id,))

    def _special(self, node: Node, key: str, words: Vocabulary, loops: frozenset[str]) -> Vocabulary:
        """The names for an expression that is read elsewhere than its node: in an iteration, or after each."""
        if node.type == "foreach" and key == "until":
            return self._vocabulary(_UNTIL | loops, words.nodes)
        if node.type == "foreach" and key == "key":
            return self._vocabulary(words.roots | frozenset(loop_names(node)), words.nodes)
        if key == "collect" and node.graph is not None:
            inner = self._kept(("inner", node.path), lambda: frozenset(inner.id for inner in _body(node)))
            return self._vocabulary(_NODE | loops | frozenset(loop_names(node)), inner)
        return words

    def _kept(self, key: Any, make: Any) -> Any:
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def _script(self, value: Any, path: Path) -> None:
        if isinstance(value, str) and "${{" in value:
            message = "a script takes no `${{ }}`: values reach it as data, never as text"
            cure = "read `input`, `variables` or `params` in the script; in a shell script, `$WFLOW_INPUT_…`"
            offset = value.index("${{")
            self.diagnostics.append(
                Diagnostic(code="template-in-script", message=message, path=path, offset=offset, cure=cure)
            )

    def _bare(self, value: Any, path: Path, words: Vocabulary) -> None:
        if not isinstance(value, str):
            return
        if has_template(value):
            message = "this is an expression already and takes no `${{ }}`"
            inner = value.strip().removeprefix("${{").removesuffix("}}").strip()
            whole = value.strip().startswith("${{") and "${{" not in inner and len(inner) <= 80
            self.diagnostics.append(
                Diagnostic(
                    code="template-in-expression",
                    message=message,
                    path=path,
                    offset=value.index("${{"),
                    cure=f"write `{inner}`" if whole else "write it bare",
                )
            )
            return
        self._checked(value, path, words, template=False)

    def _templates(
        self,
        value: Any,
        path: Path,
        words: Vocabulary,
        places: frozenset[str],
        asked: list[tuple[frozenset[str], str, Path, int]],
    ) -> None:
        for text, where in _texts(value, path):
            self._checked(text, where, words, template=True)
            asked += [(places, name, where, offset) for name, offset in self._named(text, template=True)]

    def _checked(self, text: str, path: Path, words: Vocabulary, *, template: bool) -> None:
        if self.left <= 0:
            return
        if template and text.count("${{") > _TEMPLATES:
            message = f"a text takes at most {_TEMPLATES:,} expressions"
            self.diagnostics.append(Diagnostic(code="expression-syntax", message=message, path=path))
            return
        key = (text, template, words.roots, id(words.nodes))
        findings = self._kept(key, lambda: check(text, words, template=template))
        if findings:
            self.left -= 200 + len(words.nodes)
        for found in findings:
            self.diagnostics.append(
                Diagnostic(code=found.code, message=found.message, path=path, offset=found.offset, cure=found.cure)
            )

    def _named(self, value: Any, *, template: bool) -> list[tuple[str, int]]:
        """The nodes that a text names, each with its offset; none where it cannot be read."""
        if not isinstance(value, str) or "nodes" not in value:
            return []
        if template and value.count("${{") > _TEMPLATES:
            return []
        return self._kept(("named", value, template), lambda: _nodes_in(value, template=template))  # type: ignore[no-any-return]

    def _ancestors(
        self, view: GraphView, ordered: Sequence[str], asked: list[tuple[frozenset[str], str, Path, int]]
    ) -> None:
        known = [(places, name, path, offset) for places, name, path, offset in asked if name in view.nodes]
        for number in ancestry_faults(view, ordered, [(places, name) for places, name, _, _ in known]):
            _, name, path, offset = known[number]
            message = f"`{name}` does not come before this place, so its output cannot be read here"
            cure = f"connect `{name}` to it by edges, or hand the value over in a variable"
            self.diagnostics.append(
                Diagnostic(code="not-an-ancestor", message=message, path=path, offset=offset, cure=cure)
            )


def _body(node: Node) -> tuple[Node, ...]:
    return node.graph.nodes if node.graph is not None else ()


def _texts(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Every text with a ``${{`` in a JSON value, with its path."""
    if isinstance(value, str):
        if "${{" in value:
            yield value, path
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _texts(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts(below, (*path, index))


def _nodes_in(text: str, *, template: bool) -> list[tuple[str, int]]:
    try:
        references = (compile_template(text) if template else compile_expression(text)).references
    except ExpressionSyntaxError:
        return []
    return [(str(found.keys[0]), found.offset) for found in references if found.root == "nodes" and found.keys]
