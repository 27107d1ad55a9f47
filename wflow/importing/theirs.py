"""A workflow of the ExecutionEngine, in either of its forms, read into nodes and connections."""

from __future__ import annotations

from dataclasses import dataclass, field

from wflow.importing.part import Found, Part
from wflow.importing.told import Told
from wflow.model.nearest import did_you_mean
from wflow.model.workflow import Path

__all__ = ["LOOPS", "TheirEdge", "TheirGraph", "TheirNode", "read_graph"]

#: What each of their types is here.
_KINDS = {
    "csharp": "csharp",
    "csharpscript": "csharp",
    "csharptask": "csharp",
    "powershell": "powershell",
    "powershelltask": "powershell",
    "powershellscript": "powershell",
    "ifelse": "if",
    "switch": "switch",
    "foreach": "foreach",
    "while": "while",
    "subflow": "subflow",
    "container": "container",
    "timer": "timer",
    "noop": "noop",
}
_TYPES = [
    *("CSharp", "CSharpScript", "CSharpTask", "PowerShell", "PowerShellTask", "IfElse", "Switch", "ForEach", "While"),
    *("Subflow", "Container", "Timer", "Noop", "Task"),
]
_LANGUAGES = {"csharp": "csharp", "c#": "csharp", "powershell": "powershell", "pwsh": "powershell"}
_TRIGGERS = {"complete": "complete", "fail": "fail", "cancel": "cancel", "next": "next"}
_PORTS = {"truebranch": "true", "falsebranch": "false", "loopbody": "loopbody", "default": "default"}

#: The types that a body is reached from.
LOOPS = frozenset({"foreach", "while"})


@dataclass
class TheirNode:
    """A node: ``kind`` is our type; ``part`` and behind it ``configuration`` hold its keys."""

    id: str
    kind: str
    part: Part
    join_all: bool = False
    children: TheirGraph | None = None
    #: Connections that a body makes needless; their comments go with the loop.
    folded: list[Path] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self.part.path


@dataclass
class TheirEdge:
    """A connection. ``port`` is ``true``, ``false``, ``loopbody``, ``default``, another name as written, or None;
    ``trigger`` is None where the file does not say.
    """

    source: str
    target: str
    part: Part
    trigger: str | None = None
    port: str | None = None
    condition: Found | None = None
    enabled: bool = True
    priority: int = 0
    max_deliveries: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self.part.path


@dataclass
class TheirGraph:
    """Nodes by their id, in the order of the file, and the connections between them."""

    nodes: dict[str, TheirNode] = field(default_factory=dict)
    edges: list[TheirEdge] = field(default_factory=list)


def read_graph(owner: Part, nodes: tuple[str, ...], edges: tuple[str, ...], told: Told) -> TheirGraph:
    """The graph under these keys of ``owner``; what cannot be one is told of."""
    graph = TheirGraph()
    for part in owner.parts(*nodes):
        node = _node(part, told)
        if node is None:
            continue
        if node.id in graph.nodes:
            told.lost(part.place("nodeId", "id"), f"the node id `{node.id}` stands here twice", code="bad-value")
            continue
        graph.nodes[node.id] = node
    for part in owner.parts(*edges):
        edge = _edge(part, graph, told)
        if edge is not None:
            graph.edges.append(edge)
    return graph


def _node(part: Part, told: Told) -> TheirNode | None:
    configuration = part.mapping("configuration")
    part.aside = configuration
    ident = part.text("nodeId", "id")
    if ident is None:
        told.lost(part.path, "a node has no `nodeId`", code="missing-key")
        return None
    kind = _kind(part, ident, told)
    if kind is None:
        return None
    node = TheirNode(ident, kind, part)
    join = part.text("joinType")
    if join is not None and join.lower() not in ("any", "all", "0", "1"):
        told.lost(part.place("joinType"), f"`{join}` is no joinType; there are Any and All", code="bad-value")
    node.join_all = join is not None and join.lower() in ("all", "1")
    children = part.find("ChildNodes")
    if children is not None and children.value != []:
        node.children = read_graph(part, ("ChildNodes",), ("ChildConnections",), told)
    return node


def _kind(part: Part, ident: str, told: Told) -> str | None:
    # The older form has the type under `type`, which the newer one may have too: then `runtimeType` says more.
    named = part.text("runtimeType") or part.text("type")
    other = part.text("type")
    if named is None:
        told.lost(part.path, f"the node `{ident}` has no `runtimeType`", code="missing-key")
        return None
    if named.lower() == "task":
        language = part.text("language") or "CSharp"
        kind = _LANGUAGES.get(language.lower())
        if kind is None:
            told.lost(part.place("language"), f"`{language}` is no language of a Task", code="unknown-type")
        return kind
    if other is not None and other.lower() not in {*_KINDS, "task"}:
        told.lost(part.place("type"), f"`{other}` is no type of node", code="unknown-type", cure=_near(other))
    kind = _KINDS.get(named.lower())
    if kind is None:
        place = part.place("runtimeType", "type")
        told.lost(place, f"`{named}` is no type of node", code="unknown-type", cure=_near(named))
    return kind


def _near(name: str) -> str:
    return did_you_mean(name, _TYPES) or f"there are {', '.join(_TYPES)}"


def _edge(part: Part, graph: TheirGraph, told: Told) -> TheirEdge | None:
    ends = []
    for names in (("sourceNodeId", "source", "from"), ("targetNodeId", "target", "to")):
        ident = part.text(*names)
        if ident is None:
            told.lost(part.path, f"a connection has no `{names[0]}`", code="missing-key")
            return None
        if ident not in graph.nodes:
            cure = did_you_mean(ident, graph.nodes)
            told.lost(part.place(*names), f"there is no node `{ident}` here", code="unknown-node", cure=cure)
            return None
        ends.append(ident)
    edge = TheirEdge(ends[0], ends[1], part)
    if not _routing(edge, told):
        return None
    edge.condition = part.find("condition")
    if edge.condition is not None and not str(edge.condition.value).strip():
        edge.condition = None
    enabled = part.flag("isEnabled", "enabled")
    edge.enabled = enabled is not False
    edge.priority = part.whole("priority") or 0
    retries = part.whole("maxRetries")
    if retries is not None:
        edge.max_deliveries = max(1, retries + 1)
    if part.duration("visibilityTimeout") is not None:
        message = "`visibilityTimeout` is left out: here a lease ends with its activation, and a crash ends it too"
        told.note(
            part.place("visibilityTimeout"), message, cure="to bound how long a node may run, give it a `timeout`"
        )
    ident = part.text("edgeId", "connectionId")
    if ident is not None:
        edge.notes.append(ident)
    if part.text("targetPort") is not None:
        told.note(part.place("targetPort"), "`targetPort` is left out: nothing reads it, there or here")
    _leave_out(part, told)
    return edge


def _routing(edge: TheirEdge, told: Told) -> bool:
    """The trigger and the port, which three keys of the two forms may say; whether it is an edge at all."""
    for name in ("triggerMessageType", "messageType", "type"):
        said = edge.part.text(name)
        if said is None:
            continue
        word = said.lower().removeprefix("on")
        if word in _TRIGGERS:
            edge.trigger = edge.trigger or _TRIGGERS[word]
        elif word in _PORTS:
            edge.port = edge.port or _PORTS[word]
        else:
            message = f"messages of `{said}` are sent to no node; there are Complete, Fail, Next and Cancel"
            told.lost(edge.part.place(name), message)
            return False
    port = edge.part.text("sourcePort")
    if port is not None:
        edge.port = _PORTS.get(port.lower(), port)
    return True


def _leave_out(part: Part, told: Told) -> None:
    metadata = part.find("metadata")
    if metadata is not None and metadata.value != {}:
        told.note(metadata.path, "`metadata` of a connection is left out: no edge has any here", at_key=True)
    for key, found in part.unused():
        told.lost(found.path, f"a connection has no key `{key}`", code="unknown-key", at_key=True)
