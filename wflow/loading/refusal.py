"""What is wrong with a file's text as such, found while reading it, where line and column are at hand."""

from __future__ import annotations

from dataclasses import dataclass

from wflow.model.diagnostics import Diagnostic

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Found", "Refused"]

#: Bytes that a workflow file may have.
MAX_BYTES = 64 * 1024 * 1024

#: Mappings and lists that may stand inside each other.
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnostic whose place is known already. ``line`` and ``column`` count from 1."""

    diagnostic: Diagnostic
    line: int
    column: int


class Refused(Exception):
    """The text cannot be read at all; ``found`` says why and where."""

    def __init__(self, code: str, message: str, line: int = 1, column: int = 1, *, cure: str | None = None) -> None:
        super().__init__(message)
        self.found = Found(Diagnostic(code=code, message=message, cure=cure), line, column)
