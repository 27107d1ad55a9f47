from __future__ import annotations

from wflow.loading.refusal import Refused


def test_a_refusal_carries_its_problem_and_place() -> None:
    refused = Refused("too-deep", "it is too deep", 3, 7, cure="make it flat")
    assert str(refused) == "it is too deep"
    assert (refused.found.line, refused.found.column) == (3, 7)
    assert refused.found.diagnostic.code == "too-deep"
    assert refused.found.diagnostic.cure == "make it flat"
    assert refused.found.diagnostic.severity == "error"
