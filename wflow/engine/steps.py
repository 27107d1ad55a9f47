"""The steps by name that lead from one concept of the engine to the next one up.

A message starts an activation, which opens a scope, which ends and so completes an activation, which sends a
message: the concepts go in a circle, imports must not. What a module needs from further up it takes from here;
`engine.decide` fills the table once.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["STEPS"]

STEPS: dict[str, Callable[..., None]] = {}
