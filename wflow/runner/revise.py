"""Planning a revision: what of a run's past stays, what runs again, and whether that may be.

What was done stays done, unless it is named, or comes after what is named. Where the definition is another one, a
result is refused that would no longer be what it was: its node differs, or got something else. So is one whose loop
gives its iteration another item. Nothing here has an effect; `wflow.runner.run` records what was planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wflow.engine.locate import way_to
from wflow.engine.revision import begin_again
from wflow.engine.state import DONE
from wflow.engine.stimuli import Recalled, Revised, Stimulus
from wflow.errors import UsageError
from wflow.ids import owners_of, split_activation
from wflow.model.definition import to_definition
from wflow.progress import without_keys
from wflow.runner.again import Again, after_address, checked_address
from wflow.runner.conflicts import Changed, Items, changed_results, refusal
from wflow.runner.history import History
from wflow.runner.items import Final, Item
from wflow.runner.redefine import Redefinition
from wflow.runner.telling import Told, tell

__all__ = ["Planned", "plan_revision"]

_OTHER_INPUT = "it would get something else now"


class Planned(NamedTuple):
    """A revision as it is to be recorded: ``revised`` has no hash yet of what is to be ``told``, ``finished`` is the
    status of a run in which nothing is left to be done, "" where something is, and ``outputs`` what it then gives.
    """

    revised: Revised
    told: list[Stimulus]
    finished: str
    outputs: dict[str, Any]


@dataclass(slots=True)
class _Judgement:
    """How what had finished stands once the past was told: ``lost`` will not come to be any more, ``other`` are those
    whose iteration got another item, ``moved`` those that got another message of several, ``causes`` the nodes that
    came out in another way, or are open again.
    """

    lost: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)


def plan_revision(history: History, what: Redefinition, named: Iterable[str], at: float) -> Planned:
    """What is to be recorded for the run to go on as ``what`` has it, with the ``named`` addresses run again.

    Raises UsageError for an address that the run cannot have, and where a result would no longer be what it was.
    """
    planner = _Planner(history, what, at)
    planner.name(named)
    planner.refuse_changed()
    return planner.plan()


class _Planner:
    def __init__(self, history: History, what: Redefinition, at: float) -> None:
        self._history = history
        self._what = what
        self._at = at
        self._again = Again()
        self._groups: list[dict[str, Any]] = []
        self._differences = list(what.differences())
        self._changed = Changed({}, {})

    def name(self, named: Iterable[str]) -> None:
        """Take in what is to run again: what is named, and what was undone."""
        run_id, seen = self._what.state.run_id, {**self._history.highest, **self._history.finals}
        for address in named:
            self._add(checked_address(address, run_id, self._what.now, seen))
        for address in self._what.state.undone:
            if not self._again.covers(address):
                self._add(address)

    def _add(self, address: str, *, but_each: bool = False, itself: bool = True) -> None:
        behind = after_address(address, self._what.before, self._what.now, self._history.highest, but_each=but_each)
        self._groups.append({"node": address, "itself": itself, "after": [one for one in behind if self._has_run(one)]})
        self._again.addresses.update(behind)
        if itself:
            self._again.addresses.add(address)

    def _has_run(self, address: str) -> bool:
        highest = self._history.highest
        return address in highest or (address.endswith("]") and any(one.startswith(f"{address}/") for one in highest))

    def refuse_changed(self) -> None:
        """Raise UsageError where a node differs that has finished and is not to run again."""
        self._items = Items(self._history, self._what.state, self._again)
        self._changed = changed_results(self._history, self._what, self._differences, self._again, self._items)
        if self._changed.refused:
            raise self._refusal(self._changed.refused, "the definition has something else there now")

    def _refusal(self, found: dict[str, str], what: str) -> UsageError:
        return refusal(found, self._history.finals, what)

    def plan(self) -> Planned:
        """Tell the past until what comes of it is what was told, and say what that is."""
        while True:
            told = self._tell()
            judged = self._judge(told)
            if judged.other:
                places = {_iteration(address): "its item" for address in judged.other}
                raise self._refusal(places, "it would be about another item now")
            moved = [one for one in (*told.moved, *judged.moved) if not self._items.is_done_with(one)]
            if self._what.updated and not self._what.renewed and moved:
                raise self._refusal(dict.fromkeys(moved, "its input"), _OTHER_INPUT)
            followers = self._followers(judged)
            if not followers:
                return self._planned(told, judged)
            if self._what.updated:
                raise self._refusal(followers, _OTHER_INPUT)
            for cause in judged.causes:
                self._add(cause, but_each=True, itself=False)

    def _tell(self) -> Told:
        what = self._what
        self._revised = Revised(
            self._at,
            to_definition(what.plan.workflow),
            what.parameters,
            what.files,
            what.env,
            what.options,
            self._floors(),
            tuple(sorted(self._again.addresses)),
            self._begun(),
            "",
            {},
        )
        state = what.state
        _, new, first = begin_again(state.run_id, state.began_at, state.resumes, self._revised)
        covers = self._again.covers
        kept = [item for item in self._history.items if item.kept and not (item.address and covers(item.address))]
        return tell(new, first, kept, what.load)

    def _floors(self) -> dict[str, int]:
        """The last numbers used at each address whose next activation would else begin with a lower one.

        A control node that stays has no number in what is told: it gets the ones it had by being counted from before.
        """
        kept: dict[str, list[int]] = {}
        ended: Counter[str] = Counter()
        for item in self._history.items:
            if not item.kept:
                continue
            if isinstance(item.stimulus, Recalled) and item.stimulus.status != "started":
                kept.setdefault(item.address, []).append(split_activation(item.stimulus.activation)[1])
            elif item.stimulus is None and not item.begun:
                ended[item.address] += 1
        floors: dict[str, int] = {}
        for address, highest in self._history.highest.items():
            final = self._history.finals.get(address)
            floor = highest
            if final is not None and not self._again.covers(address):
                if not final.plan.work:
                    goes_on = final.plan.scope and not final.finished and not final.open
                    floor = 0 if final.several else highest - final.done - final.open - ended[address] - goes_on
                elif kept.get(address) == [highest]:
                    floor = highest - 1
            if floor > 0:
                floors[address] = floor
        return floors

    def _begun(self) -> tuple[str, ...]:
        """The waits and timers that had begun, and whose end, if they had any, stays."""
        items = self._history.items
        return tuple(sorted({one.address for one in items if one.begun and one.kept and not self._covers(one)}))

    def _covers(self, item: Item) -> bool:
        return self._again.covers(item.address)

    def _judge(self, told: Told) -> _Judgement:
        judged = _Judgement()
        memory = told.memory
        open_again = _to_be_done(told) - self._again.owners()
        for address, final in self._history.finals.items():
            if not final.finished or self._again.covers(address):
                continue
            now = told.statuses.get(address)
            waits = address in memory.results
            if waits and any(one.status == "ready" for one in memory.awaiting.get(address, {}).values()):
                of_names = any(given.startswith("names") for given in memory.results[address])
                (judged.other if of_names else judged.moved).append(address)
            elif now == final.status:
                if waits and (self._is_over(address, told) or self._is_lost(address, told)):
                    judged.lost.append(address)
            elif now is None:
                if self._is_lost(address, told):
                    judged.lost.append(address)
            elif now != "started":
                judged.causes.append(address)
                judged.lost.append(address)
            elif address in open_again:
                judged.causes.append(address)
        return judged

    def _is_lost(self, address: str, told: Told) -> bool:
        """Whether what has not begun never will: it is not there any more, or what it lies in is over."""
        if self._what.now.node(address) is None:
            return True
        return any(self._is_over(owner, told) for owner in owners_of(address))

    def _is_over(self, address: str, told: Told) -> bool:
        """Whether the node there is done, and nothing more comes of it: one that runs for each message, or in a scope
        that is tried again, may have ended and begin again.
        """
        if told.statuses.get(address) not in DONE:
            return False
        final = self._history.finals.get(address)
        if final is None or not final.several:
            return True
        way = way_to(told.state, address)
        found = bool(way) and way[-1][0].prefix + way[-1][1].plan.id == address
        return found and way[-1][1].status in DONE

    def _followers(self, judged: _Judgement) -> dict[str, str]:
        """What has finished after a node that came out in another way, with the name of that one."""
        found: dict[str, str] = {}
        for cause in judged.causes:
            seen = self._history.highest
            for address in after_address(cause, self._what.before, self._what.now, seen, but_each=True):
                final = self._history.finals.get(address)
                if final is not None and final.finished and not self._again.covers(address):
                    found.setdefault(address, f"after {cause}")
        return found

    def _planned(self, told: Told, judged: _Judgement) -> Planned:
        lost = set(judged.lost)
        waiting = told.memory.results
        told.forget(
            result.activation
            for address in lost & waiting.keys()
            for results in waiting[address].values()
            for result in results
        )
        state = told.state
        finished = state.status if state.finished else ""
        summary = self._summary(lost, judged.moved)
        return Planned(self._revised._replace(plan=summary), told.stimuli, finished, state.outputs)

    def _summary(self, lost: set[str], moved: list[str]) -> dict[str, Any]:
        finals = self._history.finals
        # What owns that which runs again is open until that has ended.
        gone_or_again = {*lost, *moved, *self._again.owners()}
        kept = {
            address: final
            for address, final in finals.items()
            if final.finished and address not in gone_or_again and not self._again.covers(address)
        }
        gone = [one.address for one in self._differences if one.change.how == "dropped"]
        inside = Again(gone)
        return {
            "kept": {
                "nodes": len({without_keys(address) for address in kept}),
                "activations": sum(max(1, final.done) for final in kept.values()),
            },
            "changed": [
                {
                    "node": one.address,
                    "why": list(one.change.why),
                    "stay": self._changed.stay.get(one.address, 0),
                }
                for one in self._differences
                if one.change.how == "changed"
            ],
            "dropped": [*gone, *(one for one in _in_order(lost, finals) if not inside.covers(without_keys(one)))],
            "new": [one.address for one in self._differences if one.change.how == "new"],
            "again": self._groups,
            "unfinished": self._unfinished(),
            "moved": moved,
        }

    def _unfinished(self) -> list[str]:
        """What had begun and did not finish, and is not named: it runs again too."""
        return [
            address
            for address, final in self._history.finals.items()
            if not final.finished
            and not final.plan.scope
            and not self._again.covers(address)
            and self._what.now.node(address) is not None
        ]


def _to_be_done(told: Told) -> set[str]:
    """The addresses at which there is something to be done, and of all that it lies in. What waits for a place only may
    be done already: a result may wait for it.
    """
    found: set[str] = set()
    for activation in told.state.activations.values():
        open_scope = activation.status == "open" and (activation.scopes or activation.loop is not None)
        if not open_scope and activation.parked is None:
            found.add(activation.address)
            found.update(owners_of(activation.address))
    return found


def _in_order(lost: set[str], finals: Mapping[str, Final]) -> list[str]:
    """The lost ones as they happened."""
    return [address for address in finals if address in lost]


def _iteration(address: str) -> str:
    """The innermost iteration that the address lies in."""
    return address[: address.rindex("]") + 1] if "]" in address else address
