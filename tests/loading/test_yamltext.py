from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.events import ScalarEvent

from wflow.loading.refusal import Found, Refused
from wflow.loading.yamltext import parse_yaml, yaml_events


def read(text: str) -> object:
    found: list[Found] = []
    value = parse_yaml(text, found)
    assert not found
    return value


def refused(text: str) -> Found:
    with pytest.raises(Refused) as caught:
        parse_yaml(text, [])
    return caught.value.found


def test_a_document_becomes_plain_values() -> None:
    text = "a: 1\nb: [x, 'y', \"z\", ~, true]\nc:\n  - d: 2024-01-01\n    e: |\n      two\n      lines\n"
    assert read(text) == {"a": 1, "b": ["x", "y", "z", None, True], "c": [{"d": "2024-01-01", "e": "two\nlines\n"}]}


#: What stands in a flow collection or near one, with colons that are none of its signs.
COLONS = [
    "{script: curl http://localhost:8080/x, at: 12:30:00}",
    "[a:b, :c, ::1, 'x:y', \"x:y\", z]",
    "{\"x\":1, 'y':2, z: ::1, w: [a:b]}",
    "a: {b: c:d}\ne: |\n  f:g {h:i}\nj: k:l m  # n:o\n",
    "{? a:b : c:d}",
    "{a: 'b''c:d', e: f:g}",
    "{a: C:\\x, e: f:g, h: ünï:cøde🙂:x}",
]


@pytest.mark.parametrize("text", COLONS)
def test_a_colon_inside_of_a_plain_text_is_no_sign(text: str) -> None:
    expected = YAML(typ="safe", pure=True).load(text)
    assert parse_yaml(text, []) == expected
    scalars = [event.value for event in yaml_events(text) if isinstance(event, ScalarEvent)]
    assert [
        event.value for event in YAML(typ="safe", pure=True).parse(text) if isinstance(event, ScalarEvent)
    ] == scalars


def test_places_and_notes_are_right_behind_such_a_colon() -> None:
    found: list[Found] = []
    assert parse_yaml("{a: b:c, d: 1,\n d: 2}", found) == {"a": "b:c", "d": 1}
    assert [(one.diagnostic.code, one.line, one.column) for one in found] == [("duplicate-key", 2, 2)]
    with pytest.raises(Refused) as caught:
        parse_yaml("{a: b:c}\nd: [e\n", [])
    assert (caught.value.found.line, caught.value.found.diagnostic.code) == (2, "yaml-syntax")


def test_aliases_and_merge_keys_are_read() -> None:
    text = "base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\ntwo: {<<: [{c: 4}, *base], a: 0}\nthree: *base\n'<<': x"
    value = read(text)
    assert value == {
        "base": {"a": 1, "b": 2},
        "one": {"b": 3, "a": 1},
        "two": {"a": 0, "c": 4, "b": 2},
        "three": {"a": 1, "b": 2},
        "<<": "x",
    }


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2", "duplicate-key", 2, 1),
        ("{a: 1, 'a': 2}", "duplicate-key", 1, 8),
        ("a:\n  1: x", "key-not-text", 2, 3),
        ("true: x", "key-not-text", 1, 1),
        ("? ~\n: x", "key-not-text", 1, 3),
        ("a: .nan", "bad-number", 1, 4),
        ("a: !!int x", "bad-tag", 1, 4),
        ("a: !!binary aGk=", "bad-tag", 1, 4),
        ("a: !!python/object:os.system {}", "bad-tag", 1, 4),
        ("a: !!set {x: }", "bad-tag", 1, 4),
        ("a: !own [x]", "bad-tag", 1, 4),
        ("a: {<<: 1}", "bad-merge", 1, 5),
    ],
)
def test_what_leaves_a_value_is_noted_with_its_place(text: str, code: str, line: int, column: int) -> None:
    found: list[Found] = []
    parse_yaml(text, found)
    assert [(one.diagnostic.code, one.line, one.column) for one in found] == [(code, line, column)]


def test_of_two_equal_keys_the_first_stands() -> None:
    assert parse_yaml("a: 1\na: 2", []) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty-file", 1, 1),
        ("# only a comment\n", "empty-file", 1, 1),
        ("a: b: c", "yaml-syntax", 1, 5),
        ("a: [1", "yaml-syntax", 2, 1),
        ("a:\n\t- b", "yaml-syntax", 2, 1),
        ("a: @b", "yaml-syntax", 1, 4),
        ('a: "\\ud800"', "bad-character", 1, 7),
        ("a: 1\nb: \x07", "bad-character", 2, 4),
        ("a: 1\n---\nb: 2", "several-documents", 2, 1),
        ("%YAML 1.1\n---\na: 1", "yaml-version", 1, 1),
        ("%YAML 3.0\n---\na: 1", "yaml-version", 1, 1),
        ("a: &a [*a]", "recursive-alias", 1, 8),
        ("a: &a {b: {c: *a}}", "recursive-alias", 1, 15),
        ("a: *b", "unknown-alias", 1, 4),
        ("? [a]\n: b", "key-not-text", 1, 3),
        ("[" * 201, "too-deep", 1, 201),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, code: str, line: int, column: int) -> None:
    found = refused(text)
    assert (found.diagnostic.code, found.line, found.column) == (code, line, column)
    assert "\n" not in found.diagnostic.message


def test_yaml_1_2_may_be_asked_for() -> None:
    assert read("%YAML 1.2\n---\na: yes") == {"a": "yes"}


def test_two_hundred_levels_are_not_too_deep() -> None:
    assert read("[" * 200 + "]" * 200) is not None


def bomb(width: int, levels: int) -> str:
    lines = ["l0: &l0 [" + ", ".join("x" * width) + "]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9, 9),
        bomb(10, 40),
        "a: &a " + "x" * 10_000 + "\nb: [" + "*a, " * 1000 + "]",
        "a: &a {" + ", ".join(f"k{n}: 1" for n in range(2000)) + "}\nb: [" + "{<<: *a}, " * 1000 + "]",
    ],
    ids=["nine by nine", "forty levels", "a long text", "merges"],
)
def test_an_alias_bomb_is_refused_before_it_is_written_out(text: str) -> None:
    began = time.monotonic()
    assert refused(text).diagnostic.code == "alias-bomb"
    assert time.monotonic() - began < 2


def test_sharing_a_setting_with_many_nodes_is_no_bomb() -> None:
    text = "retry: &retry {max_attempts: 3, strategy: fixed}\n" + "".join(
        f"n{n}: {{type: shell, script: echo {n}, retry: *retry}}\n" for n in range(200)
    )
    value = read(text)
    assert isinstance(value, dict)
    assert value["n7"]["retry"] is value["retry"]


@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t<~1.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found: list[Found] = []
    try:
        parse_yaml(text, found)
    except Refused as refusal:
        found.append(refusal.found)
    for one in found:
        assert one.line >= 1
        assert one.column >= 1


def test_events_end_in_a_refusal_where_the_text_is_not_yaml() -> None:
    with pytest.raises(Refused):
        list(yaml_events("a: [1"))
    assert len(list(yaml_events("a: 1"))) == 8
