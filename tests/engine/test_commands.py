"""`wflow.engine.commands`: every command names the activation that its answer is for."""

from __future__ import annotations

from typing import get_args

import pytest

from wflow.engine.commands import Command


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
def test_a_command_names_its_activation_first(kind: type) -> None:
    assert kind._fields[0] == "activation"  # type: ignore[attr-defined]
