"""What `wflow validate` says about files: as text, as JSON, as SARIF for code hosts and editors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from wflow.loading.loaded import Loaded
from wflow.loading.render import render_problem, safe
from wflow.model.codes import CODES
from wflow.model.diagnostics import Problem

__all__ = ["json_report", "sarif_report", "text_report"]

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text_report(files: Iterable[tuple[str, Loaded]], *, colour: bool = False) -> str:
    """Every problem of each (name, what was loaded), and a last line for each file; ends with a newline."""
    lines: list[str] = []
    for name, loaded in files:
        lines += [render_problem(problem, colour=colour) for problem in loaded.problems]
        if not loaded.problems:
            lines.append(f"{safe(name)}: valid")
            continue
        errors = sum(problem.severity == "error" for problem in loaded.problems)
        warnings = len(loaded.problems) - errors
        lines.append(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')} in {safe(name)}")
    return "\n".join(lines) + "\n"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def json_report(files: Iterable[tuple[str, Loaded]]) -> dict[str, Any]:
    """One object for all files: ``{"version": 1, "valid": bool, "problems": [{file, line, column, severity, code,
    message, cure}]}``.
    """
    loaded = [one for _, one in files]
    return {
        "version": 1,
        "valid": all(one.workflow is not None for one in loaded),
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "severity": problem.severity,
                "code": problem.code,
                "message": problem.message,
                "cure": problem.cure,
            }
            for one in loaded
            for problem in one.problems
        ],
    }


def sarif_report(files: Iterable[tuple[str, Loaded]]) -> dict[str, Any]:
    """The problems as a SARIF 2.1.0 log with one run; its rules are the codes that occur."""
    problems = [problem for _, loaded in files for problem in loaded.problems]
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "wflow", "rules": [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes]}
    return {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, codes) for problem in problems],
            }
        ],
    }


def _result(problem: Problem, codes: Sequence[str]) -> dict[str, Any]:
    text = f"{problem.message} ({problem.cure})" if problem.cure else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.severity,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(problem.file.encode("utf-8", "surrogateescape"))},
                    "region": {"startLine": problem.line, "startColumn": problem.column},
                }
            }
        ],
    }
