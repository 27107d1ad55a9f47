"""``wflow run --detach``: the run goes on in a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wflow.cli.printing import tell, warn
from wflow.errors import EXIT_COMPLETED, UsageError

if TYPE_CHECKING:
    from wflow.model import Workflow
    from wflow.store.interface import Store

__all__ = ["detached"]

#: Seconds that the run is waited for until it has begun, and where it may have to wait for its turn.
_BEGIN = 60.0
_TURN = 2.0


def detached(
    file: Path,
    workflow: Workflow,
    store: Store,
    run_id: str | None,
    pairs: Sequence[str],
    rest: Mapping[str, object],
) -> int:
    """Start the run of a checked file, and print its id; the exit code. ``rest`` are the other options by name, None
    where one was not given, True for one without a value.

    What keeps the run from beginning is told as the run tells it, with its exit code. Raises UsageError.
    """
    from wflow.ids import new_run_id
    from wflow.runner.detached import NotBegun, run_detached

    ident = run_id or new_run_id(time.time(), int.from_bytes(os.urandom(3)))
    given = [f"--{name}" if value is True else f"--{name}={value}" for name, value in rest.items() if value is not None]
    pairs_given = [word for pair in pairs for word in ("-p", pair)]
    arguments = ["--id", ident, "--output", "quiet", *given, *pairs_given, "--", str(file)]
    try:
        waits = workflow.overlap in ("queue", "replace")
        run_detached(arguments, ident, store, patience=_TURN if waits else _BEGIN)
    except NotBegun as ended:
        warn(ended.said.rstrip("\n"))
        return ended.code
    except OSError as error:
        raise UsageError(f"no process can be started: {(error.strerror or str(error)).lower()}") from None
    tell(ident)
    return EXIT_COMPLETED
