from __future__ import annotations

from typing import Any

import pytest

from wflow.loading.scalars import MAX_DIGITS, NumberRefused, plain, tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("1", 1),
        ("-12", -12),
        ("+3", 3),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        (".", "."),
        ("+", "+"),
        ("0x", "0x"),
        ("١", "١"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_words_are_what_yaml_1_2_says(text: str, value: Any) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.inf", "+.INF", "1e999", "-1e999", "9" * (MAX_DIGITS + 1)])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        plain(text)
    assert len(str(refused.value)) < 120


def test_the_largest_number_of_digits_is_read() -> None:
    assert plain("9" * MAX_DIGITS) == int("9" * MAX_DIGITS)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [("str", "12", "12"), ("int", "0x10", 16), ("float", "3", 3.0), ("bool", "true", True), ("null", "", None)],
)
def test_tags_of_the_core_schema_are_obeyed(tag: str, text: str, value: Any) -> None:
    assert tagged(text, f"tag:yaml.org,2002:{tag}") == value
    assert tagged(text, "!") == text


def test_a_tag_that_the_text_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="is not what its tag"):
        tagged("abc", "tag:yaml.org,2002:int")
    with pytest.raises(KeyError):
        tagged("abc", "tag:yaml.org,2002:binary")
