"""What is known of a workflow's nodes before anything has run, and of those that only show themselves while it runs."""

from __future__ import annotations

from wflow.model import Graph, Node, Workflow

__all__ = ["ITERATION", "LOOPS", "Outline", "fill_outline", "outline_of"]

#: The type of the row that stands for one iteration of a loop; it is no node and counts as none.
ITERATION = "iteration"

#: The types whose body runs once for each iteration.
LOOPS = frozenset({"foreach", "while"})


class Outline:
    """A node as the definition has it, shared by all rows that show it (one in each iteration around it).

    ``body`` are the nodes of its graph by id, in the order of the file; of a loop they are those of each iteration.
    ``aside`` is true for a node that is another's fallback or compensation: it is no part of the normal flow.
    ``ends`` is the status that an ``end`` node gives its scope. ``folded`` counts, by status, the rows of this node
    that are no longer kept.
    """

    __slots__ = ("aside", "body", "ends", "folded", "id", "iteration", "mode", "title", "type")

    def __init__(self, id: str, type: str, *, title: str | None = None, aside: bool = False, mode: str = "") -> None:
        self.id = id
        self.type = type
        self.title = title
        self.aside = aside
        self.mode = mode
        self.ends = ""
        self.body: dict[str, Outline] = {}
        self.iteration: Outline | None = None
        self.folded: dict[str, int] = {}

    def add(self, child: Outline) -> Outline:
        """Put a node into the body and give it back."""
        self.body[child.id] = child
        return child

    def per_iteration(self) -> Outline:
        """The outline that all iterations of this loop share."""
        if self.iteration is None:
            self.iteration = Outline(self.id, ITERATION)
            self.iteration.body = self.body
        return self.iteration


def outline_of(workflow: Workflow) -> Outline:
    """The outline of the whole workflow; its ``id`` is the workflow's name and its type ``workflow``."""
    root = Outline(workflow.name, "workflow", mode="graph")
    fill_outline(root, workflow.graph)
    return root


def fill_outline(outline: Outline, graph: Graph) -> None:
    """Put the graph's nodes into the outline's body, after those that are there."""
    aside = {name for node in graph.nodes for name in (node.fallback, node.compensate) if name is not None}
    for node in graph.nodes:
        child = outline.add(_of_node(node, node.id in aside))
        if node.graph is not None:
            fill_outline(child, node.graph)


def _of_node(node: Node, aside: bool) -> Outline:
    mode = str(node.settings.get("mode", "graph")) if node.type == "container" else ""
    outline = Outline(node.id, node.type, title=node.title, aside=aside, mode=mode)
    if node.type == "end":
        outline.ends = str(node.settings.get("status", "completed"))
    return outline
