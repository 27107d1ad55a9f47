"""What a workflow means, judged: every problem that its shape cannot show."""

from __future__ import annotations

from wflow.graph.breakers import check_breakers
from wflow.graph.cycles import check_cycles, order
from wflow.graph.edges import check_edges, check_reach
from wflow.graph.expressions import ExpressionChecks
from wflow.graph.loops import check_environment, check_while
from wflow.graph.nodes import check_nodes
from wflow.graph.view import graph_views
from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import Speller
from wflow.model.workflow import Node, Workflow

__all__ = ["check"]


def check(workflow: Workflow) -> list[Diagnostic]:
    """Every problem in how the workflow's parts go together, graph by graph; empty for a sound one.

    Edges and ports, cycles, reach, references between nodes, joins, pools, breakers, loops, expressions, names of
    environment. Nodes of a type that is not built in are taken to have whatever ports their edges name.
    """
    diagnostics: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    speller = Speller()
    breakers: dict[str, Node] = {}
    expressions = ExpressionChecks(workflow, diagnostics)
    for view in graph_views(workflow):
        ordered = order(view)
        check_edges(view, speller, diagnostics)
        check_cycles(view, ordered, diagnostics)
        check_reach(view, ordered, diagnostics)
        check_nodes(workflow, view, speller, diagnostics)
        check_breakers(view, breakers, diagnostics, warnings)
        check_while(view, warnings)
        expressions.graph(view, ordered)
    expressions.outputs()
    check_environment(workflow, warnings)
    return diagnostics + warnings
