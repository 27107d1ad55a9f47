import pytest

from wflow.expr.failures import Failure
from wflow.expr.frame import MOST_STEPS, Frame, counted, size_of, spend


def test_steps_are_spent_until_there_are_none() -> None:
    work = [5]
    spend(work, 5)
    assert work == [0]
    with pytest.raises(Failure, match=f"{MOST_STEPS:,} steps"):
        spend(work, 1)


def test_reading_a_value_whole_costs_its_size() -> None:
    work = [1000]
    frame: Frame = ({}, 0.0, {}, None, work)
    value = ["x" * 100] * 5
    assert counted(frame, value) is value
    assert 400 < work[0] < 500
    assert counted(frame, 7) == 7
    assert 400 < work[0] < 500


def test_a_size_is_that_of_the_value_itself() -> None:
    assert [size_of(value) for value in (["ab", "cd"], "abc", {"a": [1, 2]}, 12, None)] == [2, 3, 1, 1, 1]
