"""`wflow.store.letters`: dead letters through a snapshot."""

from __future__ import annotations

import json
from typing import Any

from wflow.engine.events import Fault
from wflow.engine.letters import Letter
from wflow.store.letters import dump_letters, restore_letters


def test_letters_come_back_as_they_were() -> None:
    table: list[Any] = []

    def write(value: Any) -> int:
        table.append(value)
        return len(table) - 1

    fault = Fault("load[1]/x", "ValueError", "odd", "Traceback …")
    edges = (("a.true -> x", "complete"), ("b -> x", "fail"))
    kept = {
        3: Letter(3, 1000.5, "load[1]/x", 2, "python", "retries", 4, 1, fault, edges, ({"item": 1}, {"k": [1]})),
        9: Letter(9, 1001.5, "y", 1, "shell", "deliveries", 1, 3, fault._replace(address="y"), (), ({},)),
    }
    assert restore_letters(json.loads(json.dumps(dump_letters(kept, write))), table.__getitem__) == kept
