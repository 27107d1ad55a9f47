"""Which run a user means, and in which order runs stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from wflow.errors import RunNotFound, UsageError
from wflow.ids import RUN_ID

__all__ = ["LAST", "checked_id", "choose", "oldest_first"]

#: What means the newest run.
LAST = "last"
_MOST_NAMED = 5
_MADE_HERE = re.compile(r"^\d{8}-\d{6}-\d{3}-")


def checked_id(run_id: str) -> str:
    """``run_id`` itself. Raises UsageError when a run cannot be called so."""
    if RUN_ID.fullmatch(run_id) is None or run_id == LAST:
        raise UsageError(
            f"a run cannot be called {run_id[:120]!r}",
            cure="an id has up to 100 letters, digits, `-`, `_`, `.`, begins with a letter or digit, and is not `last`",
        )
    return run_id


def oldest_first(runs: Iterable[tuple[str, float]]) -> list[str]:
    """The ids of runs, given with the time each was made (seconds since the epoch), in order of time.

    An id that wflow made says its time itself; the other one is for ids that a user chose.
    """

    def when(run: tuple[str, float]) -> str:
        run_id, made = run
        if _MADE_HERE.match(run_id):
            return run_id
        moment = datetime.fromtimestamp(made, UTC)
        return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{run_id}"

    return [run_id for run_id, _ in sorted(runs, key=when)]


def choose(part: str, run_ids: Sequence[str]) -> str:
    """The one of ``run_ids`` (oldest first) that ``part`` means: the whole id, ``last``, or a part of one only.

    Raises RunNotFound, which names the ids it could be, or those like it.
    """
    if not run_ids:
        raise RunNotFound("there is no run yet", cure="`wflow run FILE` starts one")
    if part == LAST:
        return run_ids[-1]
    if part in run_ids:
        return part
    fitting = [run_id for run_id in run_ids if part in run_id] if part else []
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise RunNotFound(
            f"`{part}` could be any of {len(fitting)} runs: {_some(fitting[::-1])}", cure="give more of the id"
        )
    import difflib

    near = difflib.get_close_matches(part, run_ids[-1000:], n=3, cutoff=0.6)
    raise RunNotFound(
        f"no run has `{part}` in its id",
        cure=f"did you mean {_some(near)}?" if near else "`wflow status` lists the runs",
    )


def _some(run_ids: Sequence[str]) -> str:
    named = ", ".join(f"`{run_id}`" for run_id in run_ids[:_MOST_NAMED])
    more = len(run_ids) - _MOST_NAMED
    return named + (f" and {more} more" if more > 0 else "")
