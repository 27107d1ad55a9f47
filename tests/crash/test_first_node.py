"""What is imported on the way to the first node: nothing heavy, once a file has been seen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"networkx", "jsonschema", "ruamel", "rich", "asyncio"}


def imported(file: Path, output: str, environment: dict[str, str]) -> set[str]:
    """The names of all modules that a ``wflow run`` of the file imports, as Python itself reports them."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "wflow", "run", str(file), "--output", output],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", ran.stderr, re.MULTILINE))


@pytest.mark.parametrize("output", ["plain", "quiet", "json", "errors"])
def test_a_run_of_an_unchanged_file_imports_nothing_heavy(
    output: str, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("name: one\nnodes:\n  a: {type: python, script: pass}\n  b: {type: shell, script: 'true'}\n")
    first = {name.split(".")[0] for name in imported(file, output, wflow_environment)}
    assert {"wflow", "ruamel"} <= first, "a file that is new has to be read and checked"

    second = imported(file, output, wflow_environment)
    assert "wflow.cli" in second
    assert not {name for name in second if name.split(".")[0] in HEAVY}
