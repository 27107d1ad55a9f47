"""The view of a run: a fold of what has happened in it, and the shapes in which it is told.

The events themselves are here too, for `display`, which sees nothing else of the engine.
"""

from wflow.engine.events import (
    Event,
    Fault,
    MessageDeadLettered,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunAmended,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from wflow.progress.address import without_keys
from wflow.progress.report import events_json, runs_json, status_json, summary
from wflow.progress.rows import ACTIVE, DONE, STATUSES, Row
from wflow.progress.standing import standing
from wflow.progress.view import View

__all__ = [
    "ACTIVE",
    "DONE",
    "STATUSES",
    "Event",
    "Fault",
    "MessageDeadLettered",
    "NodeCancelled",
    "NodeCompleted",
    "NodeFailed",
    "NodeProgress",
    "NodeRetrying",
    "NodeSkipped",
    "NodeStarted",
    "Row",
    "RunAmended",
    "RunFinished",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "View",
    "events_json",
    "runs_json",
    "standing",
    "status_json",
    "summary",
    "without_keys",
]
