from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.ids import RUN_ID, activation_id, iteration_prefix, new_run_id, owners_of, split_activation


def test_a_run_id_says_when_it_began_in_utc() -> None:
    assert new_run_id(1795423512.417, 0) == "20261123-084512-417-0000"


@given(st.floats(0, 4e9), st.integers(0, 2**64))
def test_every_run_id_that_is_made_may_also_be_given(now: float, entropy: int) -> None:
    made = new_run_id(now, entropy)
    assert RUN_ID.match(made)
    assert re.fullmatch(r"\d{8}-\d{6}-\d{3}-[0-9a-z]{4}", made)


@given(st.integers(0, 4 * 10**12), st.integers(1, 10**9), st.integers(0, 2**20), st.integers(0, 2**20))
def test_run_ids_sort_by_the_time_they_were_made(at: int, later: int, first: int, second: int) -> None:
    assert new_run_id(at / 1000, first) < new_run_id((at + later + 1) / 1000, second)


@pytest.mark.parametrize("name", ["", "-a", ".hidden", "a/b", "../a", "a b", "a\n", "ä", "x" * 101])
def test_what_cannot_be_a_folder_of_its_own_is_no_run_id(name: str) -> None:
    assert RUN_ID.fullmatch(name) is None


def test_entropy_keeps_runs_of_one_millisecond_apart() -> None:
    assert len({new_run_id(0, number) for number in range(2**12)}) == 2**12


def test_addresses_and_activations_are_written_as_users_see_them() -> None:
    assert iteration_prefix("load", "17") == "load[17]/"
    assert activation_id("load[17]/insert", 2) == "load[17]/insert#2"


@given(st.text(min_size=1), st.integers(1, 10**9))
def test_an_activation_splits_into_what_it_was_made_of(address: str, number: int) -> None:
    assert split_activation(activation_id(address, number)) == (address, number)


def test_an_id_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        split_activation("load")


@pytest.mark.parametrize(
    ("address", "owners"),
    [
        ("load", []),
        ("load[17]", ["load"]),
        ("load[17]/insert", ["load", "load[17]"]),
        ("a/b[x y]/c/d", ["a", "a/b", "a/b[x y]", "a/b[x y]/c"]),
    ],
)
def test_an_address_lies_in_the_nodes_and_iterations_before_it(address: str, owners: list[str]) -> None:
    assert list(owners_of(address)) == owners
