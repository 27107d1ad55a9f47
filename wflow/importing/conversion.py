"""What the parts of one import share: the source, what is said, and what was found out on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wflow.importing.theirs import TheirGraph, TheirNode
from wflow.importing.told import Told
from wflow.importing.writing import Out
from wflow.model.workflow import Path

__all__ = ["CommentsAt", "Conversion", "OurEdge", "OurGraph", "Ports", "Scope", "Source", "all_nodes"]

#: Comments by the path of what they stand at: the lines above it, and the one beside it.
CommentsAt = Mapping[Path, tuple[tuple[str, ...], str | None]]


class Source(NamedTuple):
    """A file to import and what is around it.

    ``read`` gives the text of a script that the file names, ``place`` its name as the result has to say it, ``subflow``
    the name of the imported form of a workflow that it names and gives these variables; each None where there is no
    such file. ``given`` are variables that a calling workflow sets. ``last`` are the comments after everything.
    """

    tree: Any
    comments: CommentsAt
    last: tuple[str, ...]
    read: Callable[[str], str | None]
    place: Callable[[str], str | None]
    subflow: Callable[[str, frozenset[str]], str | None]
    given: frozenset[str] = frozenset()


@dataclass
class OurEdge:
    """An edge of ours, between ids of ours."""

    source: str
    target: str
    path: Path
    port: str | None = None
    trigger: str = "complete"
    condition: str | None = None
    priority: int = 0
    enabled: bool = True
    max_deliveries: int | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class OurGraph:
    """Nodes by id, and edges. ``notes`` are comment lines above a node."""

    nodes: dict[str, Out] = field(default_factory=dict)
    edges: list[OurEdge] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Scope:
    """Where a graph stands. ``ids`` are our ids by theirs. ``loops`` are names of loop items by what they were called,
    for expressions; ``keys`` are keys of the input that have another name here.
    """

    ids: dict[str, str] = field(default_factory=dict)
    loops: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def inside(self, loops: Mapping[str, str]) -> Scope:
        """The scope of a body, where these names are known too."""
        renamed = {name: ours for name, ours in loops.items() if name != ours}
        return Scope({}, {**self.loops, **loops}, {**self.keys, **renamed})


class Ports(NamedTuple):
    """Ports of a switch: by the value that is matched, and by the name that a connection gives, in small letters."""

    by_match: dict[str, str]
    by_name: dict[str, str]


class Conversion:
    """One import under way. ``variables`` are those that have to be declared, with where each was met first."""

    def __init__(self, source: Source, told: Told) -> None:
        self.source = source
        self.told = told
        self.variables: dict[str, Path] = {}
        #: Variables that have a value from the start, and not null.
        self.declared: frozenset[str] = frozenset()
        #: Variables with a first value that the import itself needs.
        self.own_variables: dict[str, Any] = {}
        self.name = "workflow"
        #: The ports of each switch, by where it stands.
        self.ports: dict[Path, Ports] = {}
        self._told_comments: set[Path] = set()
        self._below: dict[Path, list[Path]] = {}
        for path in source.comments:
            for length in range(len(path)):
                self._below.setdefault(path[:length], []).append(path)

    def variable(self, name: str, path: Path) -> None:
        """Note that a variable of this name has to be there."""
        self.variables.setdefault(name, path)

    def comments_above(self, path: Path) -> list[str]:
        """The comments above what stands there, each given once."""
        if path in self._told_comments or path not in self.source.comments:
            return []
        self._told_comments.add(path)
        above, beside = self.source.comments[path]
        return [*above, *([beside] if beside else [])]

    def comments_within(self, path: Path) -> list[tuple[Path, list[str]]]:
        """The comments in all that stands below that path and were not given yet, with where they stand."""
        return [(inner, lines) for inner in self._below.get(path, ()) if (lines := self.comments_above(inner))]

    def comments_left(self) -> list[str]:
        """Every comment that was given nowhere."""
        return [line for path in self.source.comments for line in self.comments_above(path)]


def all_nodes(graph: TheirGraph) -> Iterator[TheirNode]:
    """The nodes of a graph and of all graphs in it."""
    pending = [graph]
    while pending:
        for node in pending.pop().nodes.values():
            yield node
            if node.children is not None:
                pending.append(node.children)
