from __future__ import annotations

from wflow.model.plenty import MAX_PROBLEMS, MAX_WARNINGS, plenty


def test_a_thousand_problems_are_plenty() -> None:
    assert not plenty([None] * (MAX_PROBLEMS - 1))
    assert plenty([None] * MAX_PROBLEMS)


def test_warnings_alone_are_never_plenty() -> None:
    kinds_of_warnings = 3
    assert not plenty([None] * MAX_WARNINGS * kinds_of_warnings)
