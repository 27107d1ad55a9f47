from __future__ import annotations

import pytest

from wflow.loading.jsontext import json_tokens
from wflow.loading.positions import concrete, locate, offset_place, yaml_tokens

TEXT = """\
name: x
nodes:
  a: {type: noop, env: {A: 1}}
  b:
    type: shell
    command: [echo, "a b"]
shared: &s {k: v}
again: *s
merged:
  <<: *s
  own: 1
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (0, 0), (0, 0)),
        (("name",), (0, 6), (0, 0)),
        (("nodes", "a"), (2, 5), (2, 2)),
        (("nodes", "a", "env", "A"), (2, 27), (2, 24)),
        (("nodes", "b", "command", 1), (5, 20), (5, 20)),
        (("nodes", "b", "command", 0), (5, 14), (5, 14)),
        (("again", "k"), (7, 7), (7, 0)),
        (("merged", "k"), (9, 2), (8, 0)),
        (("nodes", "b", "missing"), (4, 4), (3, 2)),
    ],
)
def test_a_path_has_its_place(path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    place = locate(yaml_tokens(TEXT), [path])[path]
    assert (place.value.line, place.value.column) == value
    assert (place.key.line, place.key.column) == key


def test_many_paths_are_found_in_one_go_and_in_json_too() -> None:
    paths = [("a", 1, "b"), ("a", 0), ("c",)]
    places = locate(json_tokens('{"a": [1, {"b": 2}],\n "c": null}'), paths)
    assert [(places[path].value.line, places[path].value.column) for path in paths] == [(0, 16), (0, 7), (1, 6)]


TREE = {"edges": ["a -> [b, c] -> d", {"from": ["a", "b"], "to": "c"}, "check.true -> b"], "nodes": {"a": {}}}


@pytest.mark.parametrize(
    ("path", "real", "offset"),
    [
        (("nodes", "a"), ("nodes", "a"), 0),
        (("nodes", "a", "missing"), ("nodes", "a"), 0),
        (("edges", 0, "to", "c"), ("edges", 0), 9),
        (("edges", 0, "from", "c"), ("edges", 0), 9),
        (("edges", 0, "to", "d"), ("edges", 0), 15),
        (("edges", 1, "from", "b"), ("edges", 1, "from", 1), 0),
        (("edges", 1, "to", "c"), ("edges", 1, "to"), 0),
        (("edges", 2, "port", "true"), ("edges", 2), 6),
        (("edges", 9), ("edges",), 0),
    ],
)
def test_the_ends_of_an_edge_are_addressed_by_name(
    path: tuple[str | int, ...], real: tuple[str | int, ...], offset: int
) -> None:
    assert concrete(TREE, path) == (real, offset)


@pytest.mark.parametrize(
    ("text", "offset", "character"),
    [
        ("k: plain text", 6, "t"),
        ("k: 'single text'", 7, "t"),
        ("k: 'it''s x'", 5, "x"),
        ('k: "double text"', 7, "t"),
        ('k: "a\\tb\\u00e9 x"', 5, "x"),
        ("k: |\n  first\n  second x", 13, "x"),
        ("k: |\n\n  first\n    deep x\n", 14, "x"),
        ("k: |-\n    first\n    x", 6, "x"),
        ("k: plain", 0, "p"),
        ("k: 'quoted'", 0, "q"),
    ],
)
def test_an_offset_into_a_text_has_its_column(text: str, offset: int, character: str) -> None:
    token = locate(yaml_tokens(text), [("k",)])[("k",)].value
    assert token.value[offset] == character
    lines = text.split("\n")
    line, column = offset_place(lines, token, offset)
    assert lines[line][column] == character


@pytest.mark.parametrize("text", ["k: >\n  folded\n  x", "k: 'two\n  lines x'", "k: two\n  lines x"])
def test_where_folding_hides_the_column_the_text_itself_is_pointed_at(text: str) -> None:
    token = locate(yaml_tokens(text), [("k",)])[("k",)].value
    line, column = offset_place(text.split("\n"), token, len(token.value.rstrip()) - 1)
    assert line in {0, 1, 2}
    assert column >= 0
