"""Python scripts, compiled to see that they can be: those in the file, and those in files beside it."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import NamedTuple

from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import plenty
from wflow.model.walk import all_nodes
from wflow.model.workflow import Workflow

__all__ = ["PythonFault", "check_scripts", "python_fault"]

#: A script in which nothing but this is wrong for a module is right: `return` works at the top level of a script.
_ALLOWED = "'return' outside function"
_RETURNS = re.compile(r"^return\b", re.MULTILINE)


class PythonFault(NamedTuple):
    """Why a text is not Python. ``line`` and ``column`` count from 1, ``offset`` is the same in characters from 0."""

    message: str
    line: int
    column: int
    offset: int


@lru_cache(maxsize=256)
def python_fault(source: str) -> PythonFault | None:
    """Why ``source`` does not compile as a script, or None where it does."""
    with warnings.catch_warnings():
        # What the compiler would merely warn of is told when the script runs.
        warnings.simplefilter("ignore")
        # Which of the two is likely to be right is tried first: compiling a large script takes a second.
        if _RETURNS.search(source):
            return _fault_of(source, inside=True)
        fault = _fault_of(source, inside=False)
        return _fault_of(source, inside=True) if fault is not None and fault.message == _ALLOWED else fault


def _fault_of(source: str, *, inside: bool) -> PythonFault | None:
    """Compile the source as a module, or ``inside`` a function, indented by a space: syntax trees take too much memory.

    What that does to the text in strings that go over several lines is nothing to a compiler.
    """
    text = "def script():\n " + source.replace("\n", "\n ") + "\n pass" if inside else source
    try:
        compile(text, "<script>", "exec", dont_inherit=True)
    except SyntaxError as error:
        moved = 1 if inside else 0
        line, column = max(1, (error.lineno or 1) - moved), max(1, (error.offset or 1) - moved)
        lines = source.split("\n")
        line = min(line, len(lines))
        column = min(column, len(lines[line - 1]) + 1)
        before = sum(len(text) + 1 for text in lines[: line - 1])
        message = error.msg
        return PythonFault(message, line, column, min(before + column - 1, max(0, len(source) - 1)))
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        return PythonFault(_plain_reason(error), 1, 1, 0)
    return None


def _plain_reason(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deep"
    return str(error)


def check_scripts(workflow: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report every Python script in the workflow's own text that does not compile, where it stops being Python."""
    for node in all_nodes(workflow.graph):
        if plenty(diagnostics):
            return
        if node.type != "python":
            continue
        source = node.settings.get("script")
        # With a `${{` in it the script is reported for that; what Python makes of it would only confuse.
        if not isinstance(source, str) or "${{" in source:
            continue
        fault = python_fault(source)
        if fault is not None:
            message = f"the script is not Python: {fault.message} (its line {fault.line})"
            path = (*node.path, "script")
            diagnostics.append(Diagnostic(code="python-syntax", message=message, path=path, offset=fault.offset))
