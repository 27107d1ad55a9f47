"""A node of theirs as one of ours: the keys of its type, what is left of its configuration, its comments."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from wflow.importing.conversion import Conversion, OurGraph, Scope
from wflow.importing.names import is_id, safe_id
from wflow.importing.policies import add_policies, add_titles
from wflow.importing.theirs import TheirNode
from wflow.importing.work import add_work
from wflow.importing.writing import Flow, Out, Rows

__all__ = ["OURS", "add_graph", "convert_node", "finish_node", "renamed_id"]

#: Our key for a key of theirs, for the comments that stand at it.
OURS = {
    "nodename": "title",
    "description": "description",
    "runtimetype": "type",
    "type": "type",
    "language": "type",
    "scriptpath": "file",
    "scriptcontent": "script",
    "script": "script",
    "assemblypath": "assembly",
    "executorassemblypath": "assembly",
    "typename": "class",
    "executortypename": "class",
    "requiredmodules": "modules",
    "modulepaths": "modules",
    "condition": "condition",
    "conditionexpression": "condition",
    "expression": "value",
    "cases": "cases",
    "collectionexpression": "items",
    "itemvariablename": "as",
    "maxiterations": "max_iterations",
    "maxconcurrency": "max_concurrent",
    "maxconcurrentexecutions": "max_concurrent",
    "workflowfilepath": "file",
    "inputmappings": "with",
    "outputmappings": "outputs",
    "timeout": "timeout",
    "schedule": "schedule",
    "triggeronstart": "trigger_on_start",
    "executionmode": "mode",
    "childnodes": "nodes",
    "childconnections": "edges",
    "jointype": "join",
    "priority": "priority",
    "retrypolicy": "retry",
    "circuitbreakerpolicy": "breaker",
    "compensationnodeid": "compensate",
    "fallbacknodeid": "fallback",
}

#: Keys of nodes of some type, which nodes of the others may have and nothing reads there.
_KNOWN = OURS.keys() - {"timeout"}


def convert_node(conversion: Conversion, node: TheirNode, scope: Scope) -> Out:
    """The node's mapping, without what its graph decides: its body, its ports, how its messages are joined."""
    out = Out(type=node.kind)
    add_titles(node, out)
    if node.kind in ("csharp", "powershell"):
        add_work(conversion, node, scope, out)
    elif node.kind in _OWN:
        _OWN[node.kind](conversion, node, out)
    elif node.kind == "subflow":
        _subflow(conversion, node, scope, out)
    add_policies(conversion, node, scope, out)
    return out


def _foreach(conversion: Conversion, node: TheirNode, out: Out) -> None:
    most = node.part.whole("MaxConcurrency")
    if most is not None and most > 0:
        out["max_concurrent"] = most


def _while(conversion: Conversion, node: TheirNode, out: Out) -> None:
    most = node.part.whole("MaxIterations")
    if most is not None and most > 0:
        out["max_iterations"] = most


def _container(conversion: Conversion, node: TheirNode, out: Out) -> None:
    mode = (node.part.text("ExecutionMode") or "Sequential").lower()
    mode = {"0": "sequential", "1": "parallel"}.get(mode, mode)
    if mode not in ("sequential", "parallel", "mixed"):
        conversion.told.lost(node.part.place("ExecutionMode"), f"`{mode}` is no ExecutionMode", code="bad-value")
        mode = "sequential"
    if node.children is None or not node.children.nodes:
        conversion.told.lost(node.path, f"`{node.id}` has no `ChildNodes`", code="missing-key")
    elif node.children.edges or mode == "mixed":
        mode = "graph"
    if mode != "graph":
        out["mode"] = mode


def _subflow(conversion: Conversion, node: TheirNode, scope: Scope, out: Out) -> None:
    part, told = node.part, conversion.told
    file = part.text("WorkflowFilePath")
    if file is None:
        inline = part.find("WorkflowDefinition")
        if inline is None:
            told.lost(node.path, f"`{node.id}` has no `WorkflowFilePath`", code="missing-key")
        else:
            told.lost(inline.path, "a workflow inside a node has no counterpart", cure="put it into a file of its own")
        return
    given: dict[str, str] = {}
    for name, theirs in _mappings(conversion, node, "InputMappings"):
        # The item of a loop is a variable there.
        item = scope.loops.get(name)
        if item is None:
            conversion.variable(name, part.place("InputMappings"))
        given[theirs] = f"${{{{ {item or f'variables.{name}'} }}}}"
    place = conversion.source.subflow(file, frozenset(given))
    if place is None:
        told.lost(part.place("WorkflowFilePath"), f"there is no file `{file}`", code="missing-file")
    out["file"] = place or file.replace("\\", "/")
    if given:
        out["with"] = given
    outputs = {str(found): name for name, found in _mappings(conversion, node, "OutputMappings")}
    for name in outputs:
        conversion.variable(name, part.place("OutputMappings"))
    if outputs:
        out["outputs"] = outputs
    timeout = part.duration("Timeout")
    out["timeout"] = timeout if timeout is not None else "5m"
    part.flag("SkipValidation")


def _mappings(conversion: Conversion, node: TheirNode, key: str) -> list[tuple[str, Any]]:
    """The pairs of a mapping of variables: this workflow's to the other's for an input, the other way for an output."""
    part = node.part.mapping(key)
    pairs = []
    for name, found in part.items() if part is not None else ():
        if not is_id(name) or not isinstance(found.value, str) or not is_id(found.value):
            message = f"`{name}` and what it is mapped to must be names of variables"
            conversion.told.lost(found.path, message, code="bad-value")
            continue
        pairs.append((name, found.value))
    return pairs


def _timer(conversion: Conversion, node: TheirNode, out: Out) -> None:
    part = node.part
    schedule = part.text("Schedule", "cronExpression")
    if schedule is None:
        conversion.told.lost(node.path, f"`{node.id}` has no `Schedule`", code="missing-key")
    else:
        fields = schedule.split()
        if len(fields) == 6 and fields[0] in ("0", "00"):
            schedule = " ".join(fields[1:])
            message = "a schedule has no seconds here: the first field, 0, is left out"
            conversion.told.note(part.place("Schedule", "cronExpression"), message)
        elif len(fields) != 5:
            message = "a schedule has five fields here: minute, hour, day, month, day of the week"
            conversion.told.lost(part.place("Schedule", "cronExpression"), message, code="bad-value")
        out["schedule"] = schedule
    start = part.flag("TriggerOnStart")
    if start is not None:
        out["trigger_on_start"] = start


_OWN: dict[str, Callable[[Conversion, TheirNode, Out], None]] = {
    "foreach": _foreach,
    "while": _while,
    "container": _container,
    "timer": _timer,
}


def finish_node(conversion: Conversion, node: TheirNode, out: Out) -> list[str]:
    """Put what is left of the node's keys and comments into it; the comments that stand above it."""
    _leftovers(conversion, node, out)
    above = conversion.comments_above(node.path)
    for path in node.folded:
        above += conversion.comments_above(path)
        above += [line for _, lines in conversion.comments_within(path) for line in lines]
    keys = list(out)
    for path, lines in conversion.comments_within(node.path):
        names = [str(step).lower() for step in path[len(node.path) :] if isinstance(step, str)]
        ours = next((OURS[name] for name in reversed(names) if OURS.get(name) in out), None)
        if ours is None:
            above += lines
        else:
            out.note(ours if ours in keys else keys[0], *lines)
    return above


def _leftovers(conversion: Conversion, node: TheirNode, out: Out) -> None:
    told = conversion.told
    metadata: dict[str, Any] = {}
    given = node.part.mapping("metadata")
    if given is not None:
        metadata.update(given.value)
    for key, found in node.part.unused():
        if key.lower() not in _KNOWN:
            told.lost(found.path, f"a node has no key `{key}`", code="unknown-key", at_key=True)
        elif found.value:
            told.note(found.path, f"nothing reads `{key}` of a node of type {node.kind}, there or here", at_key=True)
    configuration = dict(node.part.aside.unused()) if node.part.aside is not None else {}
    for key, found in configuration.items():
        if "class" in out:
            message = f"the class does not see `{key}` of its configuration here: it is kept as `metadata`"
            told.lost(found.path, message, cure="let the class read it from a variable or an input", at_key=True)
        else:
            told.note(found.path, f"nothing reads `{key}` here: it is kept as `metadata`", at_key=True)
    if configuration:
        metadata["configuration"] = {key: found.value for key, found in configuration.items()}
    if metadata:
        out["metadata"] = metadata


def add_graph(out: Out, graph: OurGraph) -> None:
    """Write the nodes and the edges of a graph into the mapping that owns it."""
    nodes = Out(graph.nodes, spaced="name" in out)
    for ident, lines in graph.notes.items():
        nodes.note(ident, *lines)
    out["nodes"] = nodes
    rows = Rows()
    for edge in graph.edges:
        full = Flow({"from": edge.source, "to": edge.target})
        if edge.trigger != "complete":
            full["trigger"] = edge.trigger
        if edge.trigger == "fail":
            full["handles"] = False
        for key, value, usual in (
            ("condition", edge.condition, None),
            ("priority", edge.priority, 0),
            ("enabled", edge.enabled, True),
            ("max_deliveries", edge.max_deliveries, None),
        ):
            if value != usual:
                full[key] = value
        if edge.notes:
            rows.notes[len(rows)] = edge.notes
        if len(full) == 2:
            rows.append(
                f"{edge.source}.{edge.port} -> {edge.target}" if edge.port else f"{edge.source} -> {edge.target}"
            )
            continue
        if edge.port is not None:
            full = Flow({"from": edge.source, "port": edge.port, **{k: v for k, v in full.items() if k != "from"}})
        rows.append(full)
    if rows:
        out["edges"] = rows


def renamed_id(conversion: Conversion, node: TheirNode, taken: Collection[str]) -> str:
    """The node's id here; another one than there is told of."""
    ours = safe_id(node.id, taken)
    if ours != node.id:
        path = node.part.place("nodeId", "id")
        conversion.told.note(path, f"the node `{node.id}` is `{ours}` here", code="renamed")
    return ours
