"""`wflow graph`: a file's graph, and a run's with its statuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = "name: x\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]\n"


def test_the_graph_of_a_file_is_drawn(cli: Any, write: Callable[..., Path]) -> None:
    write(FLOW)
    assert cli("graph", "flow.yaml").out == "x\n├── a  (noop)  → b\n└── b  (noop)\n"
    assert cli("graph", "flow.yaml", "--format", "mermaid").out.startswith("flowchart ")
    assert cli("graph", "flow.yaml", "--format", "dot").out.startswith("digraph ")


def test_the_graph_of_a_run_has_its_statuses(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write(FLOW), "--id", "r", "--output", "quiet")
    assert cli("graph", "last").out == "x\n├── ✓ a  (noop)  → b\n└── ✓ b  (noop)\n"


@pytest.mark.parametrize(("what", "code"), [("nowhere.yaml", 2), ("some/where", 2), ("nosuchrun", 2)])
def test_what_is_neither_file_nor_run_is_misuse(what: str, code: int, cli: Any) -> None:
    assert cli("graph", what).code == code


def test_an_invalid_file_is_told_as_validate_does(cli: Any, write: Callable[..., Path]) -> None:
    write("name: x\nnodes: {a: {type: nop}}\n")
    said = cli("graph", "flow.yaml")
    assert said.code == 3
    assert "flow.yaml:2:" in said.err


def test_the_graph_of_a_damaged_run_is_drawn_as_far_as_it_is_known(
    cli: Any, write: Callable[..., Path], home: Path
) -> None:
    cli("run", write(FLOW), "--id", "r", "--output", "quiet")
    journal = home / "runs" / "r" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    said = cli("graph", "r")
    assert said.code == 8
    assert said.out.startswith("x\n")
