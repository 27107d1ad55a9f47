"""Dead letters over runs: found in what their journals say, told as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wflow.engine.letters import Letter, Spent, input_of
from wflow.errors import RunNotFound, StoreError, UsageError
from wflow.progress.report import iso
from wflow.runner.inspect import Reading, read_run
from wflow.runner.listing import is_right
from wflow.store.interface import Store

__all__ = ["RunLetters", "all_letters", "chosen_letters", "letter_json", "letters_of"]


@dataclass(frozen=True, slots=True)
class RunLetters:
    """The dead letters of one run, oldest first; ``spent`` are those beyond what is kept, ``reading`` is the run."""

    run: str
    workflow: str
    letters: list[Letter]
    spent: Spent | None
    reading: Reading

    def summary(self) -> dict[str, Any] | None:
        """What is left of the oldest, where there were more than are kept, as JSON."""
        spent = self.spent
        if spent is None:
            return None
        return {"run": self.run, "count": spent.many, "first_at": iso(spent.first_at), "last_at": iso(spent.last_at)}


def letters_of(store: Store, run_id: str) -> RunLetters:
    """The dead letters of a run. Raises RunNotFound, StoreError; of a damaged run what its sound part has."""
    reading = read_run(store, run_id)
    if reading.view is None:
        assert reading.damage is not None
        raise reading.damage
    state = reading.state
    return RunLetters(run_id, state.plan.workflow.name, list(state.letters.values()), state.letters_spent, reading)


def all_letters(store: Store) -> Iterator[RunLetters]:
    """Every run that has dead letters, oldest first. A run whose index says that it has none is not read; one that
    cannot be read is passed over: `wflow status` tells of it.
    """
    kept = store.summaries()
    for run_id in store.run_ids():
        try:
            told = kept.get(run_id)
            if told is not None and told.get("dead_letters") == 0 and is_right(store, run_id, told):
                continue
            found = letters_of(store, run_id)
        except (RunNotFound, StoreError):
            continue
        if found.letters or found.spent is not None:
            yield found


def chosen_letters(found: RunLetters, numbers: Sequence[int]) -> list[Letter]:
    """The letters with these numbers, all of them where none is given. Raises UsageError for one that is not there."""
    by_number = {letter.number: letter for letter in found.letters}
    if not by_number:
        raise UsageError(f"run {found.run} has no dead letters", cure="`wflow dlq list` shows those that there are")
    for number in numbers:
        if number not in by_number:
            known = ", ".join(str(one) for one in list(by_number)[:10])
            more = ", …" if len(by_number) > 10 else ""
            raise UsageError(f"run {found.run} has no dead letter {number}", cure=f"it has {known}{more}")
    return [by_number[number] for number in dict.fromkeys(numbers)] if numbers else found.letters


def letter_json(found: RunLetters, letter: Letter, *, whole: bool) -> dict[str, Any]:
    """A dead letter as JSON; ``whole`` with its input and traceback, which may be large.

    Raises JournalDamaged where a stored part of its input is gone.
    """
    error = {"address": letter.fault.address, "type": letter.fault.type, "message": letter.fault.message}
    told: dict[str, Any] = {
        "version": 1,
        "run": found.run,
        "number": letter.number,
        "workflow": found.workflow,
        "address": letter.address,
        "type": letter.type,
        "activation": letter.activation,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "crashes": letter.crashes,
        "at": iso(letter.at),
        "envelope": [{"edge": edge, "trigger": trigger} for edge, trigger in letter.envelope],
        "error": {**error, "traceback": letter.fault.traceback} if whole else error,
    }
    if whole:
        told["input"] = input_of(letter)
    return told
