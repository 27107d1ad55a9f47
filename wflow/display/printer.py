"""A stream that is written to as long as somebody reads it."""

from __future__ import annotations

import os
from typing import TextIO

from wflow.display.marks import Marks, marks_for

__all__ = ["Printer"]


class Printer:
    """Writes text to ``stream`` and never raises: once its reader is gone it writes no more.

    ``gone`` says that this has happened, ``error`` what else kept it from writing (a full disk), ``marks`` are what its
    encoding can write. What the encoding cannot write is shown as an escape.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.gone = False
        self.error: OSError | None = None

    @property
    def marks(self) -> Marks:
        """The marks for this stream."""
        return marks_for(self._encoding)

    def write(self, text: str) -> None:
        """Write the text, at some time until the next `flush`."""
        if self.gone:
            return
        try:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                fitting = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
                self._stream.write(fitting)
        except (OSError, ValueError) as error:
            self._leave(error)

    def flush(self) -> None:
        """Have everything written that `write` was given."""
        if self.gone:
            return
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._leave(error)

    def _leave(self, error: OSError | ValueError) -> None:
        self.gone = True
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            self.error = error
        # What is still in the stream's buffer would be written, and raise, when the interpreter ends (Python's
        # documentation, note on SIGPIPE): let it go nowhere.
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, self._stream.fileno())
            finally:
                os.close(nowhere)
        except (OSError, ValueError):
            return
