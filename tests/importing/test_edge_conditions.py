from __future__ import annotations

from typing import Any

import pytest

from wflow.expr import compile_expression
from wflow.importing.edge_conditions import router_condition

KEYS = {"BranchTaken": "branch_taken"}


@pytest.mark.parametrize(
    ("text", "output", "holds"),
    [
        ("output.status == 'OK'", {"status": "ok"}, True),
        ('output.status == "ok"', {"status": "no"}, False),
        ("output.status == ok", {}, False),
        ("output.status != 'ok'", {}, False),
        ("output.status != 'ok'", {"status": "no"}, True),
        ("output.n == 5", {"n": 5}, True),
        ("output.n == 5", {"n": "5"}, True),
        ("output.flag == TRUE", {"flag": True}, True),
        ("output.n > 5", {"n": 6}, True),
        ("output.n >= 5.5", {"n": "5.5"}, True),
        ("output.n < 5", {}, False),
        ("output.n <= -1", {"n": -2}, True),
        ("output.flag", {"flag": True}, True),
        ("output.flag", {"flag": "False"}, False),
        ("output.flag", {"flag": 0}, True),
        ("output.flag", {}, False),
        ("output.flag", {"flag": None}, False),
        ("output.a == '${{ b }}'", {"a": "${{ B }}"}, True),
        (" True ", {}, True),
        ("false", {}, False),
        ("output.BranchTaken == 'TrueBranch'", {"branch_taken": "true"}, True),
    ],
)
def test_a_condition_of_the_router_means_what_it_meant(text: str, output: dict[str, Any], holds: bool) -> None:
    ours = router_condition(text, KEYS)
    assert ours is not None
    assert bool(compile_expression(ours).evaluate({"output": output}, now=0.0, env={})) is holds


@pytest.mark.parametrize(
    "text", ['GetInput("x") == 1', "output.a.b == 1", "output.n > 'x'", "output.a == 'x' && true", "x"]
)
def test_anything_else_is_not_the_routers(text: str) -> None:
    assert router_condition(text, {}) is None
