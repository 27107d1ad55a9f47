"""Control nodes: branches, loops, containers, subflows, timers; their C# made expressions, or nodes that compute it."""

from __future__ import annotations

import re
from typing import NamedTuple

from wflow.importing.conversion import Conversion, OurEdge, OurGraph, Scope
from wflow.importing.csharp_translate import Names, translate
from wflow.importing.csharp_value import NoCounterpart
from wflow.importing.names import OTHER_VALUES, safe_id
from wflow.importing.part import Found
from wflow.importing.scripts import rewritten, uses_of
from wflow.importing.theirs import TheirNode
from wflow.importing.work import note_variables
from wflow.importing.writing import Out

__all__ = ["Computed", "compute_before", "computing_script", "expression_of", "feed", "switch_ports"]

_CARRY = "foreach (var given in Input) SetOutput(given.Key, given.Value);"


class Computed(NamedTuple):
    """An expression of ours, or, where there is none, C# and why."""

    text: str | None
    csharp: str = ""
    why: str = ""


def expression_of(conversion: Conversion, found: Found, scope: Scope, root: str = "input") -> Computed:
    """The C# expression in our language, or the C# itself."""
    text = str(found.value).strip()
    for key in sorted(uses_of(text, "csharp").inputs.keys() & OTHER_VALUES.keys() & scope.keys.keys()):
        message = f"`{key}` is `{scope.keys[key]}` here, and its values are {OTHER_VALUES[key]}"
        conversion.told.note(found.path, message, cure="compare with these")
    names = Names(root, scope.keys, scope.loops)
    try:
        value = translate(text, names)
    except NoCounterpart as error:
        note_variables(conversion, uses_of(text, "csharp"), scope, found.path)
        return Computed(None, rewritten(text, "csharp", scope.keys, scope.loops), str(error))
    for name in sorted(names.variables):
        conversion.variable(name, found.path)
    return Computed(value.text)


def computing_script(csharp: str, cast: str = "") -> str:
    """A script that passes its input on and returns what the C# gives: an expression, or statements that return."""
    if re.search(r"\breturn\b", csharp):
        return f"{_CARRY}\n{csharp}\n"
    return f"{_CARRY}\nreturn {cast}({csharp.rstrip().removesuffix(';')});\n"


def compute_before(conversion: Conversion, graph: OurGraph, ident: str, script: str, why: str, found: Found) -> None:
    """Put a C# node in front of a control node, which reads its ``result``."""
    feeder = safe_id(f"{ident}-value", graph.nodes)
    made = Out(type="csharp", title=f"What `{ident}` decides by")
    made["script"] = script
    control = graph.nodes[ident]
    for key in ("join", "priority"):
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


def switch_ports(conversion: Conversion, node: TheirNode) -> dict[str, str]:
    """Of a switch: our port of each of its cases, by the match."""
    cases = node.part.mapping("Cases")
    ports: dict[str, str] = {}
    if cases is None:
        return ports
    taken: dict[str, str] = {}
    for match, found in cases.items():
        wanted = str(found.value) if found.value not in (None, "") else match
        if wanted.lower() not in taken:
            taken[wanted.lower()] = safe_id(wanted, taken.values())
            if taken[wanted.lower()] != wanted:
                ours = taken[wanted.lower()]
                conversion.told.note(found.path, f"the port `{wanted}` is `{ours}` here", code="renamed")
        ports[match] = taken[wanted.lower()]
        if match in ("True", "False"):
            # A truth value is written so there, and in small letters here.
            ports[match.lower()] = taken[wanted.lower()]
    return ports
