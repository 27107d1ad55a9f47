from __future__ import annotations

import pytest

from wflow.errors import RunNotFound, UsageError
from wflow.store.lookup import checked_id, choose, oldest_first

RUNS = ["20261123-084512-417-k3f9", "20261123-084512-418-zzzz", "20261124-000000-000-aaaa", "nightly.2"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("last", "nightly.2"),
        ("k3f9", RUNS[0]),
        ("1124", RUNS[2]),
        (RUNS[1], RUNS[1]),
        ("nightly", "nightly.2"),
    ],
)
def test_a_part_of_one_id_only_means_that_run(part: str, expected: str) -> None:
    assert choose(part, RUNS) == expected


def test_a_whole_id_is_meant_though_it_is_part_of_another() -> None:
    assert choose("a1", ["a", "a1", "a12"]) == "a1"


def test_a_part_of_several_names_the_newest_of_them() -> None:
    many = [f"run-{number:02}" for number in range(8)]
    with pytest.raises(RunNotFound, match=r"any of 8 runs: `run-07`, .*`run-03` and 3 more$") as caught:
        choose("run", many)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("part", "cure"),
    [("nigthly.2", "did you mean `nightly.2`?"), ("qqqq", "`wflow status` lists the runs"), ("", "`wflow status`")],
)
def test_an_id_that_is_none_names_those_like_it(part: str, cure: str) -> None:
    with pytest.raises(RunNotFound, match="no run has") as caught:
        choose(part, RUNS)
    assert caught.value.cure is not None
    assert caught.value.cure.startswith(cure)


def test_without_runs_there_is_no_last_one() -> None:
    with pytest.raises(RunNotFound, match="no run yet"):
        choose("last", [])


def test_runs_stand_in_order_of_time_whoever_named_them() -> None:
    at_nine = 1795424400.0  # 2026-11-23 09:00:00 UTC
    runs = [("zebra", at_nine), ("20261123-090000-001-aaaa", 0.0), ("20261123-085959-999-zzzz", 9e9), ("ant", 0.0)]
    assert oldest_first(runs) == ["ant", "20261123-085959-999-zzzz", "zebra", "20261123-090000-001-aaaa"]


@pytest.mark.parametrize("run_id", [RUNS[0], "a", "A.b_c-d", "9" * 100])
def test_an_id_may_be_chosen_freely(run_id: str) -> None:
    assert checked_id(run_id) == run_id


@pytest.mark.parametrize("run_id", ["", "..", "-x", "a b", "a/b", "last", "x\n", "é", "9" * 101])
def test_an_id_that_would_lead_elsewhere_is_refused(run_id: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        checked_id(run_id)
