"""Why an attempt could not even begin."""

from __future__ import annotations

from wflow.errors import WflowError

__all__ = ["NotStarted", "sentence"]


class NotStarted(WflowError):
    """What a node is to execute is not there, or cannot be executed: no such command, script, function or folder."""


def sentence(error: BaseException) -> str:
    """The error's text; of one of wflow's own with its cure, since a failure is one text."""
    cure = error.cure if isinstance(error, WflowError) else None
    return f"{error}; {cure}" if cure else str(error)
