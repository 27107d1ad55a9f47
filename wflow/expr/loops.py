"""``where``, ``map``, ``sort``, ``any`` and ``all`` with an expression over ``it``, evaluated for each element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wflow.expr.failures import Failure
from wflow.expr.frame import Frame, Step, spend
from wflow.expr.functions import listed
from wflow.expr.growth import gathered
from wflow.expr.ordering import in_order
from wflow.expr.values import MOST_ELEMENTS

__all__ = ["loop"]

_Body = Callable[[Any], Any]


def loop(name: str, value: Step, body: Step, *, weight: int, builds: bool) -> Step:
    """The function that computes ``name(value, body)``; ``name`` is one of `wflow.expr.functions.LOOPS`.

    ``weight`` is how many steps the body costs for each element; ``builds`` says whether a ``map`` makes its elements.
    """
    finish = _gather if name == "map" and builds else _FINISH[name]

    def run(frame: Frame) -> Any:
        elements = listed(name, value(frame))
        names, now, env, _, work = frame
        spend(work, len(elements) * weight)
        if type(elements) is range and len(elements) > MOST_ELEMENTS and name in _LISTING:
            raise Failure(f"`{name}` would make a list of more than {MOST_ELEMENTS:,} numbers")
        return finish(elements, lambda element: body((names, now, env, element, work)))

    return run


_LISTING = frozenset({"where", "map", "sort"})


def _where(elements: Any, body: _Body) -> list[Any]:
    return [element for element in elements if body(element)]


def _select(elements: Any, body: _Body) -> list[Any]:
    return [body(element) for element in elements]


def _gather(elements: Any, body: _Body) -> list[Any]:
    return gathered(body(element) for element in elements)


def _sort(elements: Any, body: _Body) -> list[Any]:
    return in_order(list(elements), [body(element) for element in elements])


def _any(elements: Any, body: _Body) -> bool:
    return any(body(element) for element in elements)


def _all(elements: Any, body: _Body) -> bool:
    return all(body(element) for element in elements)


_FINISH: Mapping[str, Callable[[Any, _Body], Any]] = {
    "where": _where,
    "map": _select,
    "sort": _sort,
    "any": _any,
    "all": _all,
}
