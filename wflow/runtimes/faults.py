"""Failures from exceptions: type, message, and a traceback that starts at the script's own lines."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from wflow.errors import WflowError
from wflow.runtimes.masking import Masker
from wflow.runtimes.refused import sentence
from wflow.runtimes.work import Failure

__all__ = ["cut", "failure_of"]

_OURS = str(Path(__file__).parent)
_IMPORT = ("<frozen importlib", "<frozen runpy")

#: Characters of a message and of a traceback that are kept.
_LONGEST = 65_536


def failure_of(
    error: BaseException, masker: Masker | None = None, *, filename: str | None = None, address: str = ""
) -> Failure:
    """What the exception says as a Failure; lines of the script ``filename`` are shown as ``<address>``'s.

    ``sys.exit(n)`` is a failure of type ``ExitCode`` with that code (1 for ``sys.exit("message")``).
    """
    code = None
    kind = type(error).__name__
    message = _message(error)
    if isinstance(error, SystemExit):
        kind = "ExitCode"
        code = error.code if isinstance(error.code, int) else 1
        # As a process would end: the low byte is all that is told.
        code &= 0xFF
        message = f"exit code {code}" if isinstance(error.code, int) else message
    shown = ""
    # An error of ours is a sentence for the user; where it was raised says nothing to him.
    if not isinstance(error, WflowError):
        try:
            shown = _traceback(error, filename, address)
        except Exception:  # noqa: BLE001 - a hostile or half-made exception must not hide that the script failed
            shown = ""
    if masker is not None:
        message, shown = masker.text(message), masker.text(shown)
    return Failure(kind, cut(message), cut(shown), code)


def _message(error: BaseException) -> str:
    try:
        return _clean(sentence(error))
    except Exception:  # noqa: BLE001 - `__str__` is the script's own code
        return f"(the text of this {type(error).__name__} could not be made)"


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def cut(text: str) -> str:
    """A message or traceback, without its middle where it is longer than a journal should keep."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _traceback(error: BaseException, filename: str | None, address: str) -> str:
    told = traceback.TracebackException.from_exception(error, compact=True)
    first = next((at for at, frame in enumerate(told.stack) if frame.filename == filename), 0)
    del told.stack[:first]
    seen: set[int] = set()
    pending: list[Any] = [told]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        kept = []
        for frame in one.stack:
            if frame.filename.startswith(_OURS) or frame.filename.startswith(_IMPORT):
                continue
            if filename is not None and frame.filename == filename and filename.startswith("<"):
                frame.filename = f"<{address}>"
            kept.append(frame)
        one.stack[:] = kept
        if getattr(one, "filename", None) == filename and filename is not None and filename.startswith("<"):
            one.filename = f"<{address}>"
        pending += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
    return _clean("".join(told.format()))
