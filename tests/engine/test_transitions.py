"""`wflow.engine.transitions`: the tables, and the diagrams in the docs that are drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.engine.transitions import ACTIVATION, NODE, IllegalTransition, check, mermaid

DOCS = Path(__file__).parents[2] / "docs" / "engine.md"


def test_a_legal_step_gives_the_new_status() -> None:
    assert check(NODE, "pending", "active", "load") == "active"


@pytest.mark.parametrize(("table", "old", "new"), [(NODE, "completed", "failed"), (ACTIVATION, "completed", "ready")])
def test_an_illegal_step_raises_and_names_the_thing(table: dict[str, frozenset[str]], old: str, new: str) -> None:
    with pytest.raises(IllegalTransition, match=f"load: {old} -> {new}"):
        check(table, old, new, "load")


@pytest.mark.parametrize("table", [NODE, ACTIVATION])
def test_every_status_that_a_step_leads_to_is_in_the_table(table: dict[str, frozenset[str]]) -> None:
    assert set().union(*table.values()) <= set(table)


@pytest.mark.parametrize("table", [NODE, ACTIVATION])
def test_the_diagram_in_the_docs_is_the_one_drawn_from_the_table(table: dict[str, frozenset[str]]) -> None:
    assert f"```mermaid\n{mermaid(table)}\n```" in DOCS.read_text(encoding="utf-8")
