"""Breakers: the state of each, which all runs share.

Under ``breaker:<name>`` in the shared state is an object: what `wflow.policy.breaker.data_of` makes of a circuit, and
the ``settings`` of whoever asked last.
"""

from __future__ import annotations

import math
import sys
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from wflow.clock import Clock
from wflow.engine.breaker import REFUSED
from wflow.engine.commands import AskBreaker, TellBreaker
from wflow.engine.stimuli import Permitted
from wflow.errors import StoreUnavailable, UsageError
from wflow.model import Breaker
from wflow.model.nearest import did_you_mean, there_are
from wflow.policy.breaker import HALF_OPEN, OPEN, Circuit, ask, at, circuit_of, closed, data_of, tell
from wflow.store.interface import Shared

__all__ = ["Breakers", "list_breakers", "reset_breaker"]

_PREFIX = "breaker:"
_SETTINGS = tuple(field.name for field in fields(Breaker) if field.name != "name")


class Breakers:
    """Speaks with breakers for one run: takes in how calls ended and answers who asks, all in one transaction.

    Where the shared state cannot be used, whoever asks is refused with that problem, and outcomes are lost with a
    warning.
    """

    def __init__(self, shared: Shared, run_id: str, clock: Clock) -> None:
        self._shared = shared
        self._run_id = run_id
        self._clock = clock

    def __call__(self, asks: list[AskBreaker], tells: list[TellBreaker]) -> list[Permitted]:
        """The answers, in the order of ``asks``; what is told counts before they are made."""
        now = self._clock.now()
        try:
            with self._shared.transact():
                return self._consult(asks, tells, now)
        except StoreUnavailable as error:
            if tells:
                sys.stderr.write(f"wflow: warning: breakers do not learn how {len(tells)} calls ended: {error}\n")
            why = f"{error.message}; {error.cure}" if error.cure else error.message
            return [Permitted(now, command.activation, 0, (type(error).__name__, why)) for command in asks]

    def _consult(self, asks: list[AskBreaker], tells: list[TellBreaker], now: float) -> list[Permitted]:
        before: dict[str, dict[str, Any] | None] = {}
        circuits: dict[str, Circuit] = {}
        settings: dict[str, dict[str, Any]] = {}
        named = [*(done.breaker for done in tells), *(asked.breaker for asked in asks)]
        for breaker in dict.fromkeys(named):
            name = breaker.name
            known = before[name] = self._shared.get(_PREFIX + name)
            circuits[name] = Circuit(changed=now) if known is None else circuit_of(known)
            settings[name] = {key: getattr(breaker, key) for key in _SETTINGS}
        for done in tells:
            name = done.breaker.name
            circuits[name] = tell(circuits[name], done.breaker, self._who(done), done.era, done.failed, now)
        answers = []
        for asked in asks:
            name = asked.breaker.name
            circuits[name], answer = ask(circuits[name], asked.breaker, self._who(asked), now)
            refusal = None if answer.allowed else (REFUSED, _why(name, circuits[name], answer.until))
            answers.append(Permitted(now, asked.activation, answer.era, refusal))
        for name, circuit in circuits.items():
            data = {**data_of(circuit), "settings": settings[name]}
            if data != before[name]:  # a breaker that goes on letting calls through costs no write
                self._shared.put(_PREFIX + name, data)
        return answers

    def _who(self, command: AskBreaker | TellBreaker) -> str:
        return f"{self._run_id}/{command.activation}"


def _why(name: str, circuit: Circuit, until: float) -> str:
    # Rounded up: at the time that is told, it is over.
    moment = datetime.fromtimestamp(math.ceil(until), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if circuit.state == OPEN:
        return f"the breaker `{name}` is open until {moment}"
    out = len(circuit.probes)
    calls = "the one call that may try it is" if out == 1 else f"the {out} calls that may try it are"
    return f"the breaker `{name}` is half-open: {calls} out, until {moment} at the latest"


def list_breakers(shared: Shared, now: float) -> list[dict[str, Any]]:
    """Every breaker as it is at ``now``, by name, as JSON: ``name``, ``state``, ``failures`` of the last ``calls``,
    ``open_until`` (None unless it is open), ``changed_at``, ``trying`` (calls that are out while it is half-open),
    ``successes``, and its settings. Times are ISO 8601. Raises StoreUnavailable.
    """
    told = []
    for key in shared.keys(_PREFIX):
        known = shared.get(key)
        if known is None:
            continue  # gone since
        settings = _settings_of(known)
        circuit = at(circuit_of(known), settings["open_for"], now)
        told.append(_told(key.removeprefix(_PREFIX), circuit, settings))
    return told


def reset_breaker(shared: Shared, name: str, now: float) -> dict[str, Any]:
    """Close a breaker, whatever it was, and give it as `list_breakers` does. Raises UsageError where none has that
    name, StoreUnavailable.
    """
    names = [key.removeprefix(_PREFIX) for key in shared.keys(_PREFIX)]
    if name in names:
        with shared.transact():
            known = shared.get(_PREFIX + name)
            if known is not None:
                circuit = closed(circuit_of(known), now)
                shared.put(_PREFIX + name, {**known, **data_of(circuit)})
                return _told(name, circuit, _settings_of(known))
    cure = did_you_mean(name, names) or (there_are(names) if names else "no run has used a breaker yet")
    raise UsageError(f"there is no breaker `{name}`", cure=cure)


def _settings_of(known: dict[str, Any]) -> dict[str, Any]:
    defaults = Breaker(name="")
    return {key: known.get("settings", {}).get(key, getattr(defaults, key)) for key in _SETTINGS}


def _told(name: str, circuit: Circuit, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "state": circuit.state,
        "failures": circuit.failures,
        "calls": len(circuit.calls),
        "open_until": _iso(circuit.until) if circuit.state == OPEN else None,
        "changed_at": _iso(circuit.changed),
        "trying": len(circuit.probes) if circuit.state == HALF_OPEN else 0,
        "successes": circuit.successes,
        **settings,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
