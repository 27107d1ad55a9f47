from typing import Any

import pytest

from wflow.expr.compile import compile_tree
from wflow.expr.failures import Absent, Failure
from wflow.expr.frame import MOST_STEPS
from wflow.expr.parse import parse

NAMES: dict[str, Any] = {
    "input": {
        "a": 7,
        "x": 3,
        "n": None,
        "text": "abc",
        "rows": [{"size": 9, "name": "y"}, {"size": 3, "name": "x"}],
        "tags": ["b", "a"],
        "flag": True,
        "by_name": {"y": {"deep": [1, [2]]}},
    },
    "variables": {"key": "y", "place": 1, "least": 5},
    "nodes": {"pre-check": {"output": {"from": 1, "if": 2}}},
}


def run(source: str, *, now: float = 0.0, env: dict[str, str] | None = None) -> Any:
    return compile_tree(parse(source))((NAMES, now, env or {}, None, [MOST_STEPS]))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("input.a > 5", True),
        ("input.a > 5.5", True),
        ("input.rows | length > 0", True),
        ("nodes.pre-check.output.from + nodes.pre-check.output.if", 3),
        ("input.a -1", 6),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("3 > 1 == 1 != true", True),
        ("input.flag == 1", False),
        ("1 in [true]", False),
        ("[true] == [1]", False),
        ("'b' in input.tags", True),
        ("'z' not in input.tags", True),
        ("'a' in input", True),
        ("input.n.deep[0].er", None),
        ("input.n[1:2]", None),
        ("input[variables.key] | default('none')", "none"),
        ("input.by_name[variables.key].deep[1][0]", 2),
        ("input.rows[variables.place].name", "x"),
        ("input.tags[-1]", "a"),
        ("input.text[1:]", "bc"),
        ("input.tags[::-1]", ["a", "b"]),
        ("(input.rows | first).name", "y"),
        ("{'a': [1]}.a[0]", 1),
        ("{'k' + 'x': input.a}", {"kx": 7}),
        ("[1, input.a, range(2)]", [1, 7, [0, 1]]),
        ("{'r': range(2)}", {"r": [0, 1]}),
        ("input.n or 'x'", "x"),
        ("0 or '' or []", []),
        ("1 and 2 and 3", 3),
        ("1 and 0 and 3", 0),
        ("not input.rows", False),
        ("- input.a", -7),
        ("+ input.a", 7),
        ("'yes' if input.flag else 1 / 0", "yes"),
        ("1 / 0 if not input.flag else 'no'", "no"),
        ("input.rows | where(it.size > variables.least) | map(it.name)", ["y"]),
        ("input.rows | sort(it.size) | map(it.size)", [3, 9]),
        ("input.rows | map({'n': it.name, 's': it.size * 2})", [{"n": "y", "s": 18}, {"n": "x", "s": 6}]),
        ("input.rows | any(it.name == 'x')", True),
        ("input.rows | all(it.size > 3)", False),
        ("input.rows | all(3 <= it.size <= 9)", True),
        ("[[1, 2], [3]] | map(it | map(it + 1))", [[2, 3], [4]]),
        ("[1, 2] | map([it] | map(it + input.a))", [[8], [9]]),
        ("[3, 1] | sort | first", 1),
        ("range(3) | map(it)", [0, 1, 2]),
        ("range(10) | where(it % 2 == 0) | sum", 20),
        ("range(10)[2:4]", range(2, 4)),
        ("[[1, 2], [2, 1]] | where(it == [1, 2])", [[1, 2]]),
        ("['a', 'b'] | where(it in input.tags and it in 'xb')", ["b"]),
        ("[[1, 2, 3]] | map(it[1:] | length)", [2]),
        ("[1, 2] | map(it + 0.5 | round)", [2, 2]),
        ("['b', 'a'] | where(it < 'b')", ["a"]),
        ("env('HOME')", "/root"),
        ("'NONE' | env", None),
        ("now()", 12.5),
        ("min(3, 1)", 1),
        ("'a,b' | split(',') | join('-') | upper", "A-B"),
    ],
)
def test_expressions_give_their_values(source: str, expected: Any) -> None:
    found = run(source, now=12.5, env={"HOME": "/root"})
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("input.n | default(1)", 1),
        ("input.missing | default(1)", 1),
        ("input.missing.deep[0].er | default(1)", 1),
        ("input.rows[7].name | default(1)", 1),
        ("absent.name | default(1)", 1),
        ("(input.n > 3) | default(1)", 1),
        ("input.a + input.n | default(1)", 1),
        ("input.n | length | default(1)", 1),
        ("input.rows | map(it.missing) | default(1)", 1),
        ("input.missing | default(input.other) | default(1)", 1),
        ("input[input.n] | default(1)", 1),
        ("input.rows | map(it.missing | default(1))", [1, 1]),
        ("input.flag | default(1)", True),
        ("false | default(1)", False),
        ("0 | default(1)", 0),
        ("input.a | default(1 / 0)", 7),
    ],
)
def test_a_default_stands_in_for_null_and_missing_anywhere_on_its_left(source: str, expected: Any) -> None:
    found = run(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "source", ["1 / 0 | default(1)", "input.a.b | default(1)", "input.text + 1 | default(1)", "(1 < 'a') | default(1)"]
)
def test_a_default_hides_no_other_failure(source: str) -> None:
    with pytest.raises(Failure) as caught:
        run(source)
    assert not isinstance(caught.value, Absent)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("input.rowz", "`input` has no key `rowz`; did you mean `rows`?"),
        ("input.rows[0].nam", "`input.rows[0]` has no key `nam`; did you mean `name`?"),
        ("input.rows | map(it.nam)", "`it` has no key `nam`; did you mean `name`?"),
        ("inputs.a", "there is no `inputs` here; did you mean `input`?"),
        ("input.rows[input.a]", "`input.rows` has no element 7, it has 2"),
        ("(input.rows | first)['q']", "the value has no key `q`"),
        ("{1 + 1: 2}", "the keys of a mapping are strings, 2 is a number; `str(x)` makes one"),
        ("[input.a, 1 < 2 < null]", "a number and null have no order; `| default(…)` gives null a value"),
    ],
)
def test_a_failure_says_what_is_wrong(source: str, reason: str) -> None:
    with pytest.raises(Failure) as caught:
        run(source)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "source",
    [
        "range(5000) | any(range(5000) | any(it == -1))",
        "range(500000) | any(range(500000) | length == 1 and range(500000) | unique | length == 1)",
        "range(500000) | map('x' * 1000000 | length)",
        "range(500000) | map([0] * 500000 | length)",
        "range(500000) | map(variables.big | upper | length)",
        "range(500000) | where(variables.big == variables.big)",
        "range(500000) | where(variables.big < variables.big)",
        "range(500000) | where(variables.list < variables.list < variables.list)",
        "range(500000) | where(it in variables.list)",
        "range(500000) | map(variables.list[1:] | length)",
        "range(500000) | map(variables.list | json | length)",
        "range(500000) | map(variables.list | sum)",
    ],
)
def test_an_expression_over_elements_cannot_run_for_long(source: str) -> None:
    names = {"variables": {"big": "x" * 1_000_000, "list": [1] * 100_000}}
    with pytest.raises(Failure, match="steps"):
        compile_tree(parse(source))((names, 0.0, {}, None, [1_000_000]))


@pytest.mark.parametrize(
    "source",
    [
        "range(1000) | map(range(100000))",
        "range(1000) | map('x' * 10000)",
        "[" + ", ".join(["range(500000)"] * 100) + "]",
        "{" + ", ".join(f"'k{n}': [0] * 500000" for n in range(90)) + "}",
        "[" + ", ".join(["'x' * 1000000"] * 100) + "]",
    ],
)
def test_what_grows_too_large_is_stopped_on_the_way(source: str) -> None:
    with pytest.raises(Failure, match="1,048,576 characters"):
        run(source)


def test_evaluation_is_lazy_where_it_chooses() -> None:
    assert run("true or absent") is True
    assert run("false and absent") is False
    assert run("2 < 1 < absent") is False
