"""What commands print: to a reader that may be gone, in an encoding that may lack a character."""

from __future__ import annotations

import sys
from functools import cache
from json import dumps
from typing import Any

from wflow.display.printer import Printer
from wflow.display.safe import safe_text
from wflow.errors import UsageError

__all__ = ["coloured", "complain", "flush", "tell", "tell_json", "tell_whole", "warn"]

_LONGEST = 4000


@cache
def _printer(name: str, stream: Any) -> Printer:
    del name
    return Printer(stream)


def _out() -> Printer:
    return _printer("stdout", sys.stdout)


def _err() -> Printer:
    return _printer("stderr", sys.stderr)


def tell(text: str) -> bool:
    """Print the text and an end of line; False once nobody reads any more."""
    printer = _out()
    printer.write(text if text.endswith("\n") else text + "\n")
    return not printer.gone


def tell_whole(text: str) -> None:
    """Print a text that is of no use in part, and have it written. Raises UsageError where that fails, unless it is
    that nobody reads any more.
    """
    tell(text)
    printer = _out()
    printer.flush()
    if printer.error is not None:
        why = (printer.error.strerror or str(printer.error)).lower()
        raise UsageError(f"standard output cannot be written: {why}")


def tell_json(value: Any) -> None:
    """Print a JSON value, in ASCII."""
    tell(dumps(value, indent=2).replace("\x7f", "\\u007f"))


def complain(message: str, cure: str | None = None) -> None:
    """Print an error where errors go: one sentence, and what to do next."""
    printer = _err()
    printer.write(f"wflow: error: {safe_text(message, _LONGEST)}\n")
    if cure:
        printer.write(f"  = {safe_text(cure, _LONGEST)}\n")
    printer.flush()


def warn(text: str) -> None:
    """Print text for the user beside what the command prints: where errors go."""
    printer = _err()
    printer.write(text if text.endswith("\n") else text + "\n")
    printer.flush()


def flush() -> None:
    """Have everything printed."""
    _out().flush()
    _err().flush()


def coloured(stream: Any) -> bool:
    """Whether to print in colour: on a terminal, unless ``NO_COLOR`` is set."""
    from os import environ

    from wflow.display.choose import is_terminal

    return is_terminal(stream) and not environ.get("NO_COLOR")
