"""A run's state as plain data. It changes only within `engine.decide`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from wflow.engine.commands import Command
from wflow.engine.events import Event, Fault
from wflow.engine.memory import Memory
from wflow.graph.plan import GraphPlan, NodePlan, Plan

if TYPE_CHECKING:
    from wflow.engine.compensate import Undo
    from wflow.engine.letters import Letter, Spent

__all__ = [
    "DONE",
    "Activation",
    "Ending",
    "Loop",
    "Message",
    "NodeState",
    "Scope",
    "State",
    "Switch",
    "Way",
    "World",
]

#: The final statuses of a node.
DONE = frozenset({"completed", "failed", "cancelled", "skipped"})


class Message(NamedTuple):
    """What an edge delivered: from which edge and source, with which trigger; ``payload`` is a mapping or a stored
    value. ``cleanup`` marks what may still run in a cancelled scope.
    """

    edge: int
    source: str
    trigger: str
    payload: Any
    cleanup: bool = False


class Ending(NamedTuple):
    """What an ``end`` node said: the status its scope ends with, and its message."""

    status: str
    message: str
    address: str


#: The steps from the root to a graph, one for each node that it is nested in: ``("load", "17")`` goes into one
#: iteration, ``("load", None)`` into all of them, those to come included, ``("deploy", None)`` into a container.
Way = tuple[tuple[str, str | None], ...]


class Switch(NamedTuple):
    """Edges of the graph that ``way`` leads to. ``port`` None is the main port, ``trigger`` None any."""

    way: Way
    source: str
    port: str | None
    target: str
    trigger: str | None


class World:
    """What a workflow and all scopes in it share, and a subflow does not see: variables and parameters.

    ``variables`` is replaced, never changed in place, so that whoever has it may go on reading it.
    """

    __slots__ = ("depth", "file", "number", "params", "plan", "variables")

    def __init__(self, number: int, plan: Plan, params: dict[str, Any], *, file: str = "", depth: int = 0) -> None:
        self.number = number
        self.plan = plan
        self.params = params
        self.variables = dict(plan.workflow.variables)
        self.file = file
        self.depth = depth


class NodeState:
    """A node in one scope. ``open`` counts its inbound edges that have not closed, ``came`` the messages that have
    come, ``inbox`` holds the last of each edge; ``acts`` are its unfinished activations by id, ``left`` those that
    failed or were cancelled: what a rerun starts from; ``handled`` says whether fail edges took every failure.
    ``stopped`` is ``scope`` where the end of its scope kept it from running, and ``flow`` where the workflow itself
    chose so (``cancel``, ``cancel_rest``): what comes to it then starts nothing more.
    """

    __slots__ = (
        "acts",
        "broken",
        "came",
        "fault",
        "handled",
        "inbox",
        "left",
        "number",
        "open",
        "output",
        "plan",
        "status",
        "stopped",
    )

    def __init__(self, plan: NodePlan) -> None:
        self.plan = plan
        self.status = "pending"
        self.open = len(plan.inbound)
        self.broken = False
        self.came = 0
        self.inbox: dict[int, Message] = {}
        self.number = 0
        self.acts: dict[str, Activation] = {}
        self.output: Any = None
        self.fault: Fault | None = None
        self.handled = False
        self.left: list[Activation] = []
        self.stopped = ""


class Scope:
    """An instance of a graph. ``prefix`` is what the addresses in it start with ("" for the root); ``names`` are the
    loop names of all loops around it; ``recount`` says that its addresses may come again, so that numbers go on.
    ``grace`` marks the deadline of its clean-up once it is cancelled, -1 when that has passed. ``apart`` says that it
    is one of several that run side by side: it follows from none that ended before it.
    """

    __slots__ = (
        "apart",
        "cancelled",
        "ending",
        "entry_input",
        "failure",
        "grace",
        "graph",
        "index",
        "names",
        "nodes",
        "on_failure",
        "owner",
        "prefix",
        "recount",
        "started_at",
        "status",
        "switched",
        "unfinished",
        "world",
    )

    def __init__(
        self,
        graph: GraphPlan,
        world: World,
        prefix: str,
        *,
        owner: Activation | None,
        entry_input: Any,
        names: dict[str, Any],
        started_at: float,
        on_failure: str,
        index: int = -1,
        recount: bool = False,
    ) -> None:
        self.graph = graph
        self.world = world
        self.prefix = prefix
        self.owner = owner
        self.entry_input = entry_input
        self.names = names
        self.started_at = started_at
        self.on_failure = on_failure
        self.index = index
        self.recount = recount
        self.nodes = [NodeState(plan) for plan in graph.nodes]
        self.unfinished = graph.flow_size
        self.status = "open"
        self.cancelled = False
        self.grace = 0
        self.apart = False
        self.failure: Fault | None = None
        self.ending: Ending | None = None
        self.switched: dict[int, bool] = {}


class Loop:
    """How far a ``foreach`` or a ``while`` is. ``items`` is a list or a range; ``unfinished`` holds the open iterations
    by index, ``ended`` those that failed or were cancelled, ``again`` those of them that a rerun has still to take up.
    """

    __slots__ = (
        "again",
        "cancelled",
        "completed",
        "ended",
        "enough",
        "failed",
        "fault",
        "items",
        "keys",
        "last",
        "next",
        "results",
        "told",
        "total",
        "unfinished",
    )

    def __init__(self, items: Any, total: int) -> None:
        self.items = items
        self.total = total
        self.next = 0
        self.completed = 0
        self.failed = 0
        self.cancelled = 0
        self.unfinished: dict[int, Scope] = {}
        self.ended: dict[int, Scope] = {}
        self.again: dict[int, Scope] = {}
        self.results: list[Any] | None = None
        self.last: Any = None
        self.fault: Fault | None = None
        self.keys: set[str] | None = None
        self.enough = False
        self.told = 0


class Activation:
    """One execution of a node for the messages that started it.

    ``crashes`` counts the engines that died while it was out; ``lease`` how often it was handed out, so that a
    timeout finds the attempt it was set for. ``stands_for`` is the activation whose fallback this one is. ``queued``
    says that its message still counts against the capacity of its edge, ``parked`` at which place it waits. ``undoes``
    is what it undoes, of one that compensates.
    """

    __slots__ = (
        "address",
        "attempt",
        "cleanup",
        "crashes",
        "fault",
        "id",
        "input",
        "lease",
        "loop",
        "messages",
        "node",
        "number",
        "parked",
        "places",
        "queued",
        "scope",
        "scopes",
        "seq",
        "stands_for",
        "started_at",
        "status",
        "stopping",
        "undoes",
        "until",
    )

    def __init__(self, ident: str, address: str, scope: Scope, node: NodeState, number: int, seq: int) -> None:
        self.id = ident
        self.address = address
        self.scope = scope
        self.node = node
        self.number = number
        self.seq = seq
        self.messages: list[Message] = []
        self.cleanup = False
        self.status = "ready"
        self.attempt = 0
        self.crashes = 0
        self.lease = 0
        self.started_at = 0.0
        self.stopping = ""
        self.fault: Fault | None = None
        self.loop: Loop | None = None
        self.scopes: list[Scope] = []
        self.stands_for: Activation | None = None
        self.places: tuple[Any, ...] = ()
        self.queued = False
        self.parked: Any = None
        self.until = 0.0
        self.input: dict[str, Any] | None = None
        self.undoes: Undo | None = None


class State:
    """The whole of a run. ``agenda`` is what is still to be done within the present decision, in order.

    ``undos`` are the completed activations that can be undone, in order of completion; ``undoing`` is how the run will
    end, once they are being undone; ``undone`` are the addresses of those that were.

    ``letters`` are the dead letters by number, oldest first, ``letters_spent`` those beyond what is kept. ``overrides``
    are outputs that an operator gave to nodes, by address. ``chosen`` are the addresses that a rerun is restricted to,
    ``chosen_acts`` the activations, None for all.

    ``gate`` are the control nodes that start by a record once they have their places: see `wflow.engine.limits`.

    ``asked`` are the activations whose breaker has yet to answer, ``permits`` the eras in which breakers have allowed
    the calls that are under way, or about to be: see `wflow.engine.permits`.

    ``paused`` says that nothing starts; ``stopped`` that this is so since its process had to go, not since somebody
    wanted a pause.

    ``switches`` are the edges that were told to be on or off, in that order. ``redefined`` is
    None, or what stands in place of the first record since the run was changed: its whole ``definition``, all ``files``
    with their hashes, and the values in ``env`` beside those of the first record.
    """

    def __init__(self, run_id: str, plan: Plan) -> None:
        self.run_id = run_id
        self.plan = plan
        self.now = self.began_at = 0.0
        self.worlds: list[World] = []
        self.root: Scope | None = None
        self.files: dict[str, str] = {}
        self.definitions: dict[str, Plan] = {}
        self.env: dict[str, str] = {}
        self.options: dict[str, Any] = {}
        self.activations: dict[str, Activation] = {}
        self.numbers: dict[str, int] = {}
        self.seq = self.running = 0
        self.ready: list[tuple[float, int, Activation]] = []
        self.gate: list[tuple[float, int, Activation]] = []
        self.parked: dict[Any, list[tuple[int, int, Activation]]] = {}
        self.held: dict[Any, int] = {}
        self.queued: dict[tuple[str, int], int] = {}
        self.asked: dict[str, Activation] = {}
        self.permits: dict[str, int] = {}
        self.buckets: dict[Any, tuple[float, float]] = {}
        self.refilling: set[int] = set()
        self.deadlines: list[tuple[float, int, str, str, int]] = []
        self.waits: dict[str, Activation] = {}
        self.signals: dict[str, list[Any]] = {}
        self.switches: dict[Switch, bool] = {}
        self.redefined: dict[str, Any] | None = None
        self.retries_left: int | None = None
        self.tolerated = 0
        self.undos: list[Undo] = []
        self.undone: list[str] = []
        self.undoing: tuple[str, Fault | None] | None = None
        self.undo_cancelled = False
        self.letters: dict[int, Letter] = {}
        self.letter_count = 0
        self.letters_spent: Spent | None = None
        self.overrides: dict[str, dict[str, Any]] = {}
        self.chosen: set[str] | None = None
        self.chosen_acts: set[str] = set()
        self.memory: Memory | None = None
        self.resumes = 0
        self.paused = self.stopped = False
        self.status = "running"
        self.timed_out = False
        self.outputs: dict[str, Any] = {}
        self.error: Fault | None = None
        self.agenda: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self.commands: list[Command] = []
        self.events: list[Event] = []
        self.pumped = 0

    def push(self, step: Callable[..., None], *arguments: Any) -> None:
        """Put a step at the end of the agenda: it is done within this decision, without deepening the stack."""
        self.agenda.append((step, arguments))

    def set_deadline(self, at: float, kind: str, ident: str, lease: int = 0) -> int:
        """Have `Due` find ``kind`` for ``ident`` at ``at`` (seconds since the epoch); gives the deadline's number."""
        self.seq += 1
        heappush(self.deadlines, (at, self.seq, kind, ident, lease))
        return self.seq

    @property
    def finished(self) -> bool:
        """Whether the run has come to a terminal status."""
        return self.status in ("completed", "failed", "cancelled")
