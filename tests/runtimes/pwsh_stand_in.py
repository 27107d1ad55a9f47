"""A stand-in for ``pwsh``: NOT PowerShell. Where there is none, it holds our side of the contract with the wrapper.

It takes the command line that a PowerShell node is started with, reads the job as `wflow/runtimes/powershell.ps1`
reads it, runs the node's script *as Python*, and hands back what the wrapper would: lines of JSON at once, `error.json`
and exit code 1 for what nothing caught. It says nothing about whether the wrapper does that, or PowerShell takes it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

__all__ = ["FLAGS", "install"]

#: The command line in front of the wrapper's path and the folder.
FLAGS = ["-NoLogo", "-NoProfile", "-NonInteractive", "-File"]


def install(folder: Path) -> Path:
    """Put a program ``pwsh`` into the folder that is this stand-in; returns its path, for ``WFLOW_PWSH``."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "pwsh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def append(name: str, entry: object) -> None:
    """What ``Add-WflowLine`` does."""
    with Path(os.environ[name]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


class Output(dict[str, Any]):
    """``Set-Output``: each key is written when it is set."""

    def __setitem__(self, key: str, value: Any) -> None:
        append("WFLOW_OUTPUT", {key: value})


class Globals(dict[str, Any]):
    """``Set-Global`` and ``Add-Global``, and an operation that only other languages have."""

    def __setitem__(self, name: str, value: Any) -> None:
        append("WFLOW_VARIABLES", {"set": {name: value}})

    def add(self, name: str, number: float) -> None:
        append("WFLOW_VARIABLES", {"add": {name: number}})

    def append(self, name: str, element: Any) -> None:
        append("WFLOW_VARIABLES", {"append": {name: element}})


def progress(percent: float, message: str = "") -> None:
    """``Set-NodeProgress``."""
    with Path(os.environ["WFLOW_PROGRESS"]).open("a", encoding="utf-8") as file:
        file.write(f"{percent:g} {message}\n")


def restored(value: Any) -> Any:
    """``Restore-WflowText``."""
    if isinstance(value, str):
        return value.removeprefix("wflow-text:")
    if isinstance(value, dict):
        return {key: restored(item) for key, item in value.items()}
    return [restored(item) for item in value] if isinstance(value, list) else value


def main(argv: list[str]) -> None:
    """Run the job of the folder that the command line ends with."""
    assert argv[:4] == FLAGS, argv
    wrapper, folder = Path(argv[4]), Path(argv[5])
    assert wrapper.name == "powershell.ps1", wrapper
    assert sys.stdin.read() == ""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    if job["marked"]:
        job = restored(job)
    names = {
        "input": job["input"],
        "inputs": job["inputs"],
        "params": job["params"],
        "variables": Globals(job["variables"]),
        "output": Output(),
        "progress": progress,
        "env": dict(os.environ),
        "run_id": job["run_id"],
        "job": job,
        "cancelled": lambda: False,
    }
    source = Path(job["script"]).read_text(encoding="utf-8")
    try:
        exec(compile(source, job["script"], "exec"), names)
    except Exception as error:  # noqa: BLE001 - the wrapper's catch
        last = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == job["script"]][-1]
        told = {
            "type": type(error).__name__,
            "message": str(error),
            "stack": f"at <ScriptBlock>, {job['script']}: line {last.lineno}\nat <ScriptBlock>, {wrapper}: line 231",
            "file": job["script"],
            "line": last.lineno,
        }
        (folder / "error.json").write_text(json.dumps(told), encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
