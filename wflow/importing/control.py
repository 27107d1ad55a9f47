"""Control nodes: branches, loops, containers, subflows, timers; their C# made expressions, or nodes that compute it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wflow.importing.conversion import Conversion, OurEdge, OurGraph, Ports, Scope
from wflow.importing.csharp_kept import returning, split_usings, with_usings
from wflow.importing.csharp_translate import Names, translate
from wflow.importing.csharp_value import NoCounterpart
from wflow.importing.names import OTHER_VALUES, safe_id
from wflow.importing.part import Found, as_text
from wflow.importing.scripts import rewritten, uses_of
from wflow.importing.theirs import TheirNode
from wflow.importing.work import note_variables
from wflow.importing.writing import Out
from wflow.model.workflow import Path

__all__ = ["Computed", "compute_before", "computing_script", "expression_of", "feed", "switch_ports"]

_CARRY = "foreach (var given in Input) SetOutput(given.Key, given.Value);"


class Computed(NamedTuple):
    """An expression of ours, or, where there is none, C# and why."""

    text: str | None
    csharp: str = ""
    why: str = ""


def expression_of(
    conversion: Conversion, found: Found, scope: Scope, root: str = "input", *, soft: bool = False
) -> Computed:
    """The C# expression in our language, or the C# itself; with ``soft`` one that gives null for what is not there."""
    text = str(found.value).strip()
    for key in sorted(uses_of(text, "csharp").inputs.keys() & OTHER_VALUES.keys() & scope.keys.keys()):
        message = f"`{key}` is `{scope.keys[key]}` here, and its values are {OTHER_VALUES[key]}"
        conversion.told.note(found.path, message, cure="compare with these")
    names = Names(root, scope.keys, scope.loops, declared=conversion.declared)
    try:
        value = translate(text, names)
    except NoCounterpart as error:
        if "${{" in text:
            conversion.told.lost(found.path, "C# cannot hold `${{` here", cure="write it in two pieces")
            text = text.replace("${{", "")
        note_variables(conversion, uses_of(text, "csharp"), scope, found.path)
        return Computed(None, rewritten(text, "csharp", scope.keys, scope.loops), str(error))
    for name in sorted(names.variables):
        conversion.variable(name, found.path)
    # What is not there is null in C#, and a switch takes it for one more value.
    return Computed(value.soft().text if soft else value.text)


def computing_script(csharp: str, cast: str = "") -> str:
    """A script that passes its input on and returns what the C# gives: an expression, or statements that return."""
    usings, rest = split_usings(csharp)
    return with_usings(f"{usings}{_CARRY}\n{returning(rest, cast)}\n")


def compute_before(conversion: Conversion, graph: OurGraph, ident: str, script: str, why: str, found: Found) -> None:
    """Put a C# node in front of a control node, which reads its ``result``."""
    feeder = safe_id(f"{ident}-value", graph.nodes)
    made = Out(type="csharp", title=f"What `{ident}` decides by")
    made["script"] = script
    control = graph.nodes[ident]
    # The work of a branch is to compute what it decides by; a loop's is in its body.
    for key in ("join", "priority", *(("retry", "breaker") if control["type"] in ("if", "switch") else ())):
        if key in control:
            made[key] = control.pop(key)
    feed(graph, ident, feeder, made, found)
    graph.notes.setdefault(feeder, []).append(f"C# that has no counterpart in expressions: {why}")


def feed(graph: OurGraph, ident: str, feeder: str, made: Out, found: Found) -> None:
    """Put a node before another: what led there leads to it; the failures that the other one sent, it sends too."""
    nodes: dict[str, Out] = {}
    for other, out in graph.nodes.items():
        if other == ident:
            nodes[feeder] = made
        nodes[other] = out
    graph.nodes = nodes
    for edge in list(graph.edges):
        if edge.target == ident:
            edge.target = feeder
        elif edge.source == ident and edge.trigger in ("fail", "cancel"):
            graph.edges.append(OurEdge(feeder, edge.target, edge.path, trigger=edge.trigger))
    graph.edges.append(OurEdge(feeder, ident, found.path))


def switch_ports(conversion: Conversion, node: TheirNode) -> Ports:
    """Of a switch: our ports, found out once."""
    known = conversion.ports.get(node.path)
    if known is not None:
        return known
    ports = Ports({}, {"default": "default"})
    taken = {"default"}
    for match, wanted, path in _cases(node):
        # A name is found in any case there.
        ours = ports.by_name.get(wanted.lower())
        if ours is None:
            ours = ports.by_name[wanted.lower()] = safe_id(wanted, taken)
            taken.add(ours)
            if ours != wanted:
                conversion.told.note(path, f"the port `{wanted}` is `{ours}` here", code="renamed")
        ports.by_match[match] = ours
        if match in ("True", "False"):
            # A truth value is written so there, and in small letters here.
            ports.by_match[match.lower()] = ours
    conversion.ports[node.path] = ports
    return ports


def _cases(node: TheirNode) -> Iterator[tuple[str, str, Path]]:
    """Each match and the name of its port, which is the match where nothing is said; also of a list of matches."""
    found = node.part.find("Cases")
    if found is not None and isinstance(found.value, list):
        for one in node.part.listed("Cases"):
            if isinstance(one.value, str | int | float):
                match = as_text(one.value)
                yield match, match, one.path
            else:
                node.part.refuse(one, "a text")
        return
    cases = node.part.mapping("Cases")
    for match, one in cases.items() if cases is not None else ():
        yield match, as_text(one.value) if one.value not in (None, "") else match, one.path
