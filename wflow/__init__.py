"""A local workflow engine: YAML files, parallel, durable, resumable. Names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wflow.loading import Loaded
    from wflow.model import Problem, Workflow
    from wflow.progress import Event, Fault
    from wflow.runner.library import load, resume, run, validate
    from wflow.runner.result import RunResult

__all__ = [
    "Event",
    "Fault",
    "Loaded",
    "Problem",
    "RunResult",
    "Workflow",
    "__version__",
    "load",
    "resume",
    "run",
    "validate",
]

__version__ = "0.1.0"

_HOMES = {
    "Event": "wflow.progress",
    "Fault": "wflow.progress",
    "Loaded": "wflow.loading",
    "Problem": "wflow.model",
    "RunResult": "wflow.runner.result",
    "Workflow": "wflow.model",
    "load": "wflow.runner.library",
    "resume": "wflow.runner.library",
    "run": "wflow.runner.library",
    "validate": "wflow.runner.library",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wflow' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
