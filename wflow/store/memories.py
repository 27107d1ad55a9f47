"""What a revised run remembers, as a part of a snapshot: what waits still, which is mostly nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wflow.engine.memory import Memory
from wflow.engine.stimuli import Recalled

__all__ = ["dump_memory", "restore_memory"]


def dump_memory(memory: Memory | None, write: Callable[[Any], Any]) -> dict[str, Any] | None:
    """The memory as JSON, None for none; ``write`` puts a value into the snapshot's table and gives its place."""
    if memory is None:
        return None
    results = [one for waiting in memory.results.values() for results in waiting.values() for one in results]
    return {
        "floors": memory.floors,
        "again": sorted(memory.again),
        "begun": sorted(memory.begun),
        "results": [[*one._replace(output=write(one.output))] for one in results],
        "telling": memory.telling,
    }


def restore_memory(data: dict[str, Any] | None, read: Callable[[Any], Any]) -> Memory | None:
    """The memory that `dump_memory` wrote; ``read`` gives the value at a place of the table."""
    if data is None:
        return None
    memory = Memory(data["floors"], data["again"], data["begun"])
    memory.telling = data["telling"]
    for at, ident, attempt, given, status, output, operations, failure, began in data["results"]:
        result = Recalled(
            at,
            ident,
            attempt,
            given,
            status,
            read(output),
            tuple((operation, name, value) for operation, name, value in operations),
            tuple(failure) if failure else None,
            began,
        )
        memory.keep(result)
    return memory
