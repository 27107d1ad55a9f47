"""Circuit breakers: whether a call may be made, by how the last ones went.

Closed, a breaker lets every call through and keeps the outcomes of the last ``minimum_calls``. Once it knows that many
and the share of failures among them is at least ``failure_threshold``, it opens and refuses every call for
``open_for`` seconds. Then it is half-open: at most ``half_open_successes`` calls may be out to try, so many successes
in a row close it, and one failure opens it again.

A call belongs to the ``era`` in which it was allowed, and an era ends with each change of state: what comes back from
an earlier one says nothing of how things are now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wflow.model import Breaker

__all__ = [
    "CLOSED",
    "HALF_OPEN",
    "OPEN",
    "UNCOUNTED",
    "Answer",
    "Circuit",
    "ask",
    "at",
    "circuit_of",
    "closed",
    "counts",
    "data_of",
    "tell",
]

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half-open"

#: An outcome in a `Circuit`'s ``calls``.
_GOOD, _BAD = ".", "x"

#: Types of failures that are no outcome of a call, each with why; every other failure counts.
UNCOUNTED: Mapping[str, str] = {
    "BreakerOpen": "a breaker refused the call: none was made",
    "DeadLetter": "the engine died while the node ran: nobody knows how the call went",
    "DefinitionError": "a subflow's file, or what it was given, is wrong",
    "ExpressionError": "an expression of the workflow could not be evaluated",
    "ExpressionSyntaxError": "an expression of the workflow cannot be read",
    "IndentationError": "the Python script does not compile",
    "JournalDamaged": "an output that the node was to get is damaged",
    "MaxDepthExceeded": "subflows are nested too deep",
    "NotStarted": "there is no such command, script, function or folder",
    "OperationError": "a write to a variable does not fit its value",
    "StoreError": "what wflow keeps on disk cannot be read",
    "StoreUnavailable": "what wflow keeps on disk cannot be read or written",
    "SyntaxError": "the Python script does not compile",
    "TabError": "the Python script does not compile",
    "TimerError": "a timer's schedule cannot be read",
    "UnknownVariable": "the script wrote to a variable that the workflow does not declare",
    "UsageError": "nothing executes nodes of that type",
    "ValueNotJson": "the script gave a value that is no JSON value",
}


def counts(failure: str) -> bool:
    """Whether a failure of that type (``TimeoutError``, ``ExitCode``) is the failure of a call."""
    return failure not in UNCOUNTED


class Circuit(NamedTuple):
    """What is known of a breaker. Times are seconds since the epoch.

    ``calls`` are the outcomes of the last calls, oldest first, ``.`` or ``x`` each; they stand still while it is not
    closed. ``until`` is when an open one has been open long enough, ``successes`` how many calls in a row went well
    since it is half-open, ``probes`` who is out to try and since when. ``changed`` is when its state last changed, or
    when it was first asked.
    """

    state: str = CLOSED
    calls: str = ""
    until: float = 0.0
    successes: int = 0
    probes: tuple[tuple[str, float], ...] = ()
    era: int = 0
    changed: float = 0.0

    @property
    def failures(self) -> int:
        """How many of the last calls failed."""
        return self.calls.count(_BAD)


class Answer(NamedTuple):
    """Whether the call may be made, in which ``era``, and if not, until when (seconds since the epoch) at the latest
    there is no use in asking again.
    """

    allowed: bool
    era: int
    until: float = 0.0


def at(circuit: Circuit, open_for: float, now: float) -> Circuit:
    """The circuit as it is at ``now``: half-open once it was open for ``open_for`` seconds, without the calls that have
    been out to try for as long.

    A clock that was set back keeps nothing waiting longer than ``open_for`` from ``now``.
    """
    if circuit.state == OPEN:
        until = min(circuit.until, now + open_for)
        if until > now:
            return circuit._replace(until=until)
        return circuit._replace(state=HALF_OPEN, until=0.0, successes=0, probes=(), era=circuit.era + 1, changed=until)
    if circuit.probes:
        since = [(who, min(given, now)) for who, given in circuit.probes]
        return circuit._replace(probes=tuple((who, given) for who, given in since if now < given + open_for))
    return circuit


def ask(circuit: Circuit, breaker: Breaker, who: str, now: float) -> tuple[Circuit, Answer]:
    """The answer to ``who`` asks at ``now``, and the circuit that knows of it. Who asks a second time has not made the
    call that was allowed before.
    """
    circuit = at(circuit, breaker.open_for, now)
    if circuit.state == CLOSED:
        return circuit, Answer(True, circuit.era)
    if circuit.state == OPEN:
        return circuit, Answer(False, circuit.era, circuit.until)
    others = tuple(probe for probe in circuit.probes if probe[0] != who)
    if len(others) < breaker.half_open_successes:
        return circuit._replace(probes=(*others, (who, now))), Answer(True, circuit.era)
    first = min(given for _, given in others)
    return circuit._replace(probes=others), Answer(False, circuit.era, first + breaker.open_for)


def tell(circuit: Circuit, breaker: Breaker, who: str, era: int, failed: bool | None, now: float) -> Circuit:
    """The circuit once the call that ``who`` was allowed in ``era`` has ended: whether it failed, None where nobody
    can tell (it was cancelled, or never made).
    """
    circuit = at(circuit, breaker.open_for, now)
    if circuit.probes:
        circuit = circuit._replace(probes=tuple(probe for probe in circuit.probes if probe[0] != who))
    if failed is None or era != circuit.era:
        return circuit
    if circuit.state == HALF_OPEN:
        if failed:
            return _opened(circuit, breaker, now)
        if circuit.successes + 1 >= breaker.half_open_successes:
            return closed(circuit, now)
        return circuit._replace(successes=circuit.successes + 1)
    calls = (circuit.calls + (_BAD if failed else _GOOD))[-breaker.minimum_calls :]
    circuit = circuit._replace(calls=calls)
    if len(calls) >= breaker.minimum_calls and circuit.failures / len(calls) >= breaker.failure_threshold:
        return _opened(circuit, breaker, now)
    return circuit


def _opened(circuit: Circuit, breaker: Breaker, now: float) -> Circuit:
    return Circuit(OPEN, circuit.calls, now + breaker.open_for, era=circuit.era + 1, changed=now)


def closed(circuit: Circuit, now: float) -> Circuit:
    """The circuit closed anew, knowing of no call."""
    return Circuit(era=circuit.era + 1, changed=now)


def data_of(circuit: Circuit) -> dict[str, Any]:
    """The circuit as a JSON object: what `circuit_of` reads."""
    return {**circuit._asdict(), "probes": [list(probe) for probe in circuit.probes]}


def circuit_of(data: Mapping[str, Any]) -> Circuit:
    """The circuit in such an object; a key that it does not have is as in one that nobody has asked."""
    known = {name: data[name] for name in Circuit._fields if name in data}
    known["probes"] = tuple((str(who), float(given)) for who, given in data.get("probes", ()))
    return Circuit(**known)
