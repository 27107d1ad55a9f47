from __future__ import annotations

import time

import pytest

from wflow.loading.patterns import matches, pattern_fault


@pytest.mark.parametrize("pattern", ["", "^[a-z]+$", "^(a,)*a$", r"\d{3}-\d+", "(?i)x"])
def test_a_regular_expression_is_one(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", ["[a-z", "(", "*", "a{2,1}", "(?P<x>a)(?P<x>b)", "(" * 5000 + ")" * 5000, "a\0b"])
def test_what_is_none_says_why(pattern: str) -> None:
    assert pattern_fault(pattern) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^[a-z]+$", "abc", True),
        ("^[a-z]+$", "abC", False),
        ("b", "abc", True),
        ("^([a-z]+,)*[a-z]+$", "a,b,c", True),
        ("^([a-z]+,)*[a-z]+$", "a,b,", False),
        (r"^(a)\1$", "aa", True),
        ("é", "café", True),
    ],
)
def test_a_pattern_is_searched_for(pattern: str, text: str, found: bool) -> None:
    assert matches(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 60 + "b"),
        ("(a|aa)+$", "a" * 100 + "b"),
        ("a?" * 30 + "a" * 30 + "b", "a" * 45),
    ],
    ids=["nested repeats", "alternatives", "many options"],
)
def test_a_pattern_that_would_run_for_ever_is_given_up(pattern: str, text: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        matches(pattern, text)
    assert time.monotonic() - began < 5
