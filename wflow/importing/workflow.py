"""A whole file of the ExecutionEngine to the text of a workflow file of ours, with everything there is to say of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from wflow.importing.conversion import Conversion, OurEdge, OurGraph, Scope, Source, all_nodes
from wflow.importing.edges import aside_nodes
from wflow.importing.graphs import convert_graph
from wflow.importing.loops import fold
from wflow.importing.names import control_keys, is_id, safe_id
from wflow.importing.nodes import add_graph
from wflow.importing.part import Part
from wflow.importing.scripts import uses_of
from wflow.importing.theirs import TheirGraph, read_graph
from wflow.importing.told import Told
from wflow.importing.work import script_texts
from wflow.importing.writing import Out, written
from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import did_you_mean

__all__ = ["Imported", "Source", "import_workflow"]

_KEYS = [
    *("workflowId", "workflowName", "description", "version", "entryPointNodeId", "maxConcurrency", "timeoutSeconds"),
    *("allowPause", "defaultVariables", "metadata", "nodes", "connections"),
]


class Imported(NamedTuple):
    """What an import gives: the text of a workflow file (None where there is none), and everything to say, placed by
    its path in the source. It is whole unless one of them is an error.
    """

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


def import_workflow(source: Source) -> Imported:
    """The workflow in our format. Pure: files are read through ``source``, nothing is written."""
    told = Told()
    if not _is_theirs(source.tree):
        message, cure = "this is no workflow of the ExecutionEngine: it has no list of `nodes`", None
        if isinstance(source.tree, dict) and "name" in source.tree and isinstance(source.tree.get("nodes"), dict):
            message, cure = (
                "this is a workflow of wflow, and not of the ExecutionEngine",
                "`wflow run` runs it as it is",
            )
        told.lost((), message, code="not-execution-engine", cure=cure)
        return Imported(None, tuple(told.diagnostics))
    conversion = Conversion(source, told)
    top = Part(source.tree, (), told)
    given = top.mapping("defaultVariables", "variables")
    set_first = {name for name, found in given.items() if found.value is not None} if given is not None else set()
    conversion.declared = frozenset(set_first - source.given)
    out = Out(spaced=True)
    _head(conversion, top, out)
    theirs = read_graph(top, ("nodes",), ("connections", "edges"), told)
    if not theirs.nodes:
        told.lost(top.place("nodes"), "the workflow has no nodes", code="missing-key")
        return Imported(None, tuple(told.diagnostics))
    fold(theirs, told)
    # What scripts write under such a name is theirs, and read as it is written.
    outputs = {
        name
        for node in all_nodes(theirs)
        for text in script_texts(conversion, node)
        for name in uses_of(text, node.kind).outputs
    }
    scope = Scope(keys=control_keys([node.kind for node in all_nodes(theirs)], outputs))
    graph = convert_graph(conversion, theirs, scope, top=True)
    _entry(conversion, top, theirs, graph, scope)
    variables = _variables(conversion, top)
    _given(conversion, graph, out, variables)
    if variables:
        out["variables"] = variables
    _limits(conversion, top, out)
    add_graph(out, graph)
    if variables:
        out["outputs"] = {name: f"variables.{name}" for name in variables if name not in conversion.own_variables}
        if not out["outputs"]:
            del out["outputs"]
    for key, found in top.unused():
        cure = did_you_mean(key, _KEYS)
        told.lost(found.path, f"a workflow has no key `{key}`", code="unknown-key", cure=cure, at_key=True)
    return Imported(_text(conversion, top, out), tuple(told.diagnostics))


def _is_theirs(tree: Any) -> bool:
    return isinstance(tree, dict) and any(key.lower() == "nodes" and isinstance(tree[key], list) for key in tree)


def _head(conversion: Conversion, top: Part, out: Out) -> None:
    ident = top.text("workflowId", "graphId")
    name = top.text("workflowName", "name")
    theirs = ident or name
    if theirs is None:
        conversion.told.lost((), "the workflow has no `workflowId`", code="missing-key")
        theirs = "workflow"
    conversion.name = safe_id(theirs, ())
    if conversion.name != theirs:
        path = top.place("workflowId", "graphId", "workflowName", "name")
        conversion.told.note(path, f"the workflow `{theirs}` is `{conversion.name}` here", code="renamed")
        out.note("name", f"{theirs} of the ExecutionEngine")
    out["name"] = conversion.name
    description = top.text("description")
    if name is not None and name not in (theirs, conversion.name):
        if description is None:
            description = name
        else:
            out.note("name", name)
    if description is not None:
        out["description"] = description
    version = top.text("version")
    if version is not None:
        out["version"] = version
    metadata = top.mapping("metadata")
    if metadata is not None and metadata.value:
        out.note("name", *_metadata(conversion, metadata))


def _metadata(conversion: Conversion, metadata: Part) -> list[str]:
    """A workflow has no key for it here: it stays to be read by people."""
    shown = Out(metadata.value)
    for key, found in metadata.items():
        shown.note(key, *conversion.comments_above(found.path))
        shown.note(key, *(line for _, lines in conversion.comments_within(found.path) for line in lines))
    return ["metadata:", *(f"  {line}" for line in written(shown).splitlines())]


def _limits(conversion: Conversion, top: Part, out: Out) -> None:
    most = top.whole("maxConcurrency")
    if most is not None and most > 0:
        out["max_concurrency"] = most
    seconds = top.duration("timeoutSeconds", "timeout")
    if seconds is not None and seconds != "0s":
        out["timeout"] = seconds
    if top.flag("allowPause") is False:
        conversion.told.note(top.place("allowPause"), "every run can be paused here: `allowPause: false` is left out")


def _variables(conversion: Conversion, top: Part) -> Out:
    """Those with a first value, then those that are only named by scripts, expressions and mappings."""
    variables = Out()
    given = top.mapping("defaultVariables", "variables")
    for name, found in given.items() if given is not None else ():
        if not is_id(name):
            conversion.told.lost(found.path, f"`{name}` cannot be the name of a variable here", code="bad-value")
            continue
        variables[name] = found.value
        lines = conversion.comments_above(found.path)
        lines += [line for _, within in conversion.comments_within(found.path) for line in within]
        if lines:
            variables.note(name, *lines)
    found_out = [name for name in conversion.variables if name not in variables]
    for name in found_out:
        variables[name] = None
    if found_out:
        variables.note(found_out[0], "not declared in the ExecutionEngine's file, and used in it")
    for name, value in conversion.own_variables.items():
        variables[name] = value
        variables.note(name, "the import's own")
    return variables


def _given(conversion: Conversion, graph: OurGraph, out: Out, variables: Out) -> None:
    """Variables that a calling workflow sets: parameters, put into the variables before anything else."""
    names = sorted(conversion.source.given)
    if not names:
        return
    out["parameters"] = {name: {"default": variables.get(name)} for name in names}
    inbound = {edge.target for edge in graph.edges}
    aside = {graph.nodes[ident].get(key) for ident in graph.nodes for key in ("fallback", "compensate")}
    first = [ident for ident in graph.nodes if ident not in inbound and ident not in aside]
    ident = safe_id("begin", graph.nodes)
    lines = [f'variables["{name}"] = params["{name}"]' for name in names]
    for name in names:
        variables.setdefault(name, None)
    node = Out(type="python", title="Takes over what the calling workflow gives")
    node["script"] = "\n".join([*lines, "return params", ""])
    graph.nodes = {ident: node, **graph.nodes}
    graph.edges = [OurEdge(ident, other, ()) for other in first] + graph.edges


def _entry(conversion: Conversion, top: Part, theirs: TheirGraph, graph: OurGraph, scope: Scope) -> None:
    """With an entry point nothing else starts by itself there: here a disabled edge says so."""
    entry = top.text("entryPointNodeId")
    if entry is None:
        return
    path = top.place("entryPointNodeId")
    if entry not in theirs.nodes:
        inside = any(node.id == entry for node in all_nodes(theirs))
        message = f"the entry point `{entry}` is in the body of a loop" if inside else f"there is no node `{entry}`"
        conversion.told.lost(path, message, code="unknown-node", cure=did_you_mean(entry, theirs.nodes))
        return
    first = scope.ids[entry]
    inbound = {edge.target for edge in graph.edges}
    sources = {edge.source for edge in graph.edges if edge.target == first}
    if len(sources) == 1 and graph.nodes[next(iter(sources))].get("title") in _feeding(first):
        first = next(iter(sources))
    if first in inbound:
        conversion.told.lost(path, f"connections lead to the entry point `{entry}`: here it would wait for them")
        return
    aside = {scope.ids.get(name) for name in aside_nodes(theirs)}
    for ident in list(graph.nodes):
        if ident not in inbound and ident != first and ident not in aside:
            # Of a branch an edge has to name a port; this one is never gone.
            port = {"if": "true", "switch": "default"}.get(graph.nodes[first]["type"])
            edge = OurEdge(first, ident, path, port=port, enabled=False)
            edge.notes = [f"the entry point is {entry}: nothing starts {ident}"]
            graph.edges.append(edge)
            conversion.told.note(path, f"`{ident}` never runs: it is not the entry point and nothing leads to it")


def _feeding(ident: str) -> tuple[str, str]:
    return f"What `{ident}` decides by", f"Whether `{ident}` begins"


def _text(conversion: Conversion, top: Part, out: Out) -> str:
    ours = {"workflowid": "name", "graphid": "name", "workflowname": "name", "defaultvariables": "variables"}
    ours |= {"maxconcurrency": "max_concurrency", "timeoutseconds": "timeout", "connections": "edges"}
    head: list[str] = []
    for path in list(conversion.source.comments):
        if len(path) == 0:
            head += conversion.comments_above(path)
    for key in top.value:
        lines = conversion.comments_above((key,))
        target = ours.get(key.lower(), key.lower())
        if lines and target in out and target != "name":
            out.note(target, *lines)
        else:
            head += lines
    out.end = [*conversion.comments_left(), *conversion.source.last]
    first = out.notes.pop("name", [])
    if head or first:
        # Without an empty line between, what stands first in a file would belong to the name alone.
        out.notes["name"] = [*head, *first]
    return written(out)
