"""`wflow schema` prints the schema that files are checked with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_is_printed_as_it_is_in_the_repository(cli: Any) -> None:
    said = cli("schema")
    assert said.code == 0
    assert json.loads(said.out) == json.loads((ROOT / "schemas/workflow.schema.json").read_text(encoding="utf-8"))
