"""What a compiled expression is given: the frame, and the steps that it may still take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wflow.expr.failures import Failure
from wflow.expr.values import weigh

__all__ = ["MOST_STEPS", "SIZED", "Frame", "Step", "counted", "size_of", "spend"]

#: Steps of all expressions over ``it`` within one evaluation; some four seconds at the most.
MOST_STEPS = 20_000_000

#: ``(names, now, env, it, work)``. ``work`` is a list of one number, the steps that are left, shared by the whole
#: evaluation; None where the expression has nothing over ``it``. A plain tuple, since one is made for each element.
Frame = tuple[Mapping[str, Any], float, Mapping[str, str], Any, list[int] | None]

#: A compiled tree.
Step = Callable[[Frame], Any]

#: Types whose values have a size.
SIZED = (str, list, dict)


def spend(work: list[int] | None, steps: int) -> None:
    """Count ``steps`` as taken. Raises Failure when there are not so many left."""
    assert work is not None, "an evaluation with expressions over `it` has a count of steps"
    work[0] -= steps
    if work[0] < 0:
        raise Failure(f"it takes more than {MOST_STEPS:,} steps; let a python node compute it")


def size_of(value: Any) -> int:
    """Elements or characters of the value itself; 1 of a number."""
    return len(value) if isinstance(value, SIZED) else 1


def counted(frame: Frame, value: Any) -> Any:
    """The value, after the steps are spent that reading all of it takes."""
    work = frame[4]
    if isinstance(value, SIZED) and work is not None:
        spend(work, weigh(value, work[0]))
    return value
