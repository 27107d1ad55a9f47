"""`wflow.engine.steps`: the table holds every step that the engine's modules take from it."""

from __future__ import annotations

import re
from pathlib import Path

from wflow.engine import decide
from wflow.engine.steps import STEPS

ENGINE = Path(decide.__file__).parent


def test_every_step_that_a_module_takes_is_in_the_table_and_no_other() -> None:
    taken = {name for path in ENGINE.glob("*.py") for name in re.findall(r'STEPS\["(\w+)"\]', path.read_text("utf-8"))}
    assert taken == set(STEPS)
