from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.loading.jsontext import json_tokens, parse_json
from wflow.loading.refusal import Found, Refused

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_it_is(value: object) -> None:
    found: list[Found] = []
    assert parse_json(json.dumps(value), found) == value
    assert parse_json(json.dumps(value, ensure_ascii=False, indent=1), found) == value
    assert not found


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ('{"a": 1,\n "a": 2}', "duplicate-key", 2, 2),
        ('{"a": [{"b": 1, "b": {}}], "c": 1}', "duplicate-key", 1, 17),
        ('{"a": NaN}', "bad-number", 1, 7),
        ('{"a": -Infinity}', "bad-number", 1, 7),
        ('{"a": 1e999}', "bad-number", 1, 7),
        ('{"a": ' + "9" * 2000 + "}", "bad-number", 1, 7),
        ('{"a": "\\ud800"}', "bad-character", 1, 7),
        ('{"\\udc00": 1}', "bad-character", 1, 2),
    ],
)
def test_what_leaves_a_value_is_noted_with_its_place(text: str, code: str, line: int, column: int) -> None:
    found: list[Found] = []
    parse_json(text, found)
    assert [(one.diagnostic.code, one.line, one.column) for one in found] == [(code, line, column)]


def test_of_two_equal_keys_the_first_stands() -> None:
    assert parse_json('{"a": 1, "b": 2, "a": 3}', []) == {"a": 1, "b": 2}


def test_a_pair_of_surrogates_is_a_character() -> None:
    found: list[Found] = []
    assert parse_json('{"a": "\\ud83d\\ude00"}', found) == {"a": "😀"}
    assert not found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        (" \n", "empty-file"),
        ("{", "json-syntax"),
        ("{'a': 1}", "json-syntax"),
        ("[1,]", "json-syntax"),
        ("name: x", "json-syntax"),
        ("[" * 201 + "]" * 201, "too-deep"),
        ("[" * 1_000_000, "too-deep"),
        ('{"a":' * 300, "too-deep"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_json(text, [])
    assert refused.value.found.diagnostic.code == code


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_json(json.dumps({"a": "[" * 1000 + '\\"{'}), []) == {"a": "[" * 1000 + '\\"{'}


def test_tokens_know_their_place() -> None:
    tokens = list(json_tokens('{"a": [1,\n  "b"]}'))
    assert [(token.kind, token.value, token.line, token.column) for token in tokens] == [
        ("{", "", 0, 0),
        ("s", "a", 0, 1),
        ("[", "", 0, 6),
        ("s", "1", 0, 7),
        ("s", "b", 1, 2),
        ("]", "", 1, 5),
        ("}", "", 1, 6),
    ]
