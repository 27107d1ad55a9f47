from __future__ import annotations

import time

import pytest

from wflow.model.nearest import Speller, did_you_mean, listed, nearest, there_are


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("max_attempt", ["max_delay", "max_attempts", "on"], "max_attempts"),
        ("lenght", ["length", "last"], "length"),
        ("Foreach", ["foreach", "for"], "foreach"),
        ("on-failure", ["on_failure"], "on_failure"),
        ("xyz", ["abc", "noop"], None),
        ("a", ["b"], None),
        ("", ["a"], None),
        ("x" * 1000, ["x" * 1000], None),
    ],
)
def test_the_nearest_name_is_one_slip_away(name: str, known: list[str], found: str | None) -> None:
    assert nearest(name, known) == found


def test_the_cure_asks() -> None:
    assert did_you_mean("lod", ["load"]) == "did you mean `load`?"
    assert did_you_mean("lod", ["zzz"]) is None


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "`a`"), (["a", "b"], "`a` and `b`"), (["a", "b", "c"], "`a`, `b` and `c`")],
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_a_long_list_says_how_much_is_left_out() -> None:
    assert listed([str(number) for number in range(30)]).endswith("`19` and 10 more")


def test_one_name_there_is_and_two_there_are() -> None:
    assert there_are(["a"]) == "there is `a`"
    assert there_are(["a", "b"]) == "there are `a` and `b`"


def test_a_file_full_of_slips_is_not_compared_for_ever() -> None:
    speller = Speller()
    known = [f"node{number}" for number in range(10_000)]
    began = time.monotonic()
    cures = [speller.did_you_mean(f"nodd{number}", known) for number in range(1000)]
    assert cures[0] is not None
    assert cures[-1] is None
    assert time.monotonic() - began < 5
