from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.importing.writing import Flow, Out, Rows, written
from wflow.loading.yamltext import parse_yaml

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["", " ", "a: b", "a #b", "#", "- a", "null", "True", "yes", "0x1", "1.5", "~", "a\nb", "\n", " a\nb\n\n",
     "a\n b\n", "'", '"', "*a", "&a", "!t", "{x}", "[x]", "|", ">", "%", "@", "`", "a:", ":a", "?", "12:30:00",
     "2024-01-01", "\ta", "a\t\nb", "=", "<<", "30s", "a\r\nb", "\u2028", "\x85", "\ufeff", "é", "\x00", "a\n\n",
     "${{ x }}", "a, b", "---", "..."]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def shaped(value: Any) -> Any:
    """The same value in the shapes that an import writes."""
    if isinstance(value, dict):
        return Out({key: shaped(item) for key, item in value.items()}, spaced=len(value) == 2)
    if isinstance(value, list) and len(value) % 2:
        return Rows(value)
    return value


@given(st.dictionaries(TEXTS.filter(lambda key: key != "<<"), VALUES, min_size=1, max_size=5))
def test_what_is_written_reads_back_as_the_same_value(value: dict[str, Any]) -> None:
    text = written(shaped(value))
    assert parse_yaml(text, []) == value
    assert parse_yaml(text, []) == parse_yaml(written(shaped(value)), [])


@given(TEXTS, TEXTS)
def test_a_comment_is_a_comment_whatever_is_in_it(comment: str, beside: str) -> None:
    out = Out(a=1, b=Rows(["x", "y"]))
    out.note("a", comment)
    out.beside["a"] = beside or "."
    out["b"].notes[1] = [comment]
    out.end = [comment]
    assert parse_yaml(written(out), []) == {"a": 1, "b": ["x", "y"]}


def test_it_looks_as_one_would_write_it() -> None:
    out = Out(name="flow", nodes=Out(spaced=True), spaced=True)
    out["nodes"]["a"] = Out(type="csharp", script="x;\ny;\n", retry=Flow(max_attempts=3, initial_delay="30s"))
    out["nodes"]["b"] = Out(type="if", condition='input.a == "x"', modules=["m", "p"])
    out["edges"] = Rows(["a -> b", Flow({"from": "a", "to": "b", "condition": 'output.x == "y"'})])
    out["nodes"].note("b", "# decides")
    out["edges"].notes[1] = ["twice"]
    assert written(out) == (
        'name: flow\n\nnodes:\n  a:\n    type: csharp\n    script: |\n      x;\n      y;\n'
        "    retry: {max_attempts: 3, initial_delay: 30s}\n\n"
        '  # decides\n  b:\n    type: if\n    condition: input.a == "x"\n    modules: [m, p]\n\n'
        "edges:\n  - a -> b\n  # twice\n  - {from: a, to: b, condition: 'output.x == \"y\"'}\n"
    )  # fmt: skip


def test_an_empty_line_between_two_nodes_does_not_get_into_the_first() -> None:
    value = {"a": {"script": "x;\n\n"}, "b": {"type": "noop"}}
    assert parse_yaml(written(Out({key: Out(node) for key, node in value.items()}, spaced=True)), []) == value


@pytest.mark.parametrize("text", ["x" * 500, "a: " * 100])
def test_a_long_list_is_written_an_element_a_line(text: str) -> None:
    assert written(Out(a=[text, "b"])).count("\n") == 3
