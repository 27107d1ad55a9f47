import threading
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wflow.errors import ExpressionError
from wflow.expr import FUNCTIONS, ExpressionSyntaxError, compile_expression, compile_value
from wflow.expr.expression import evaluation_error
from wflow.expr.references import Reference

ATTACKS = [
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1]",
    "input.__class__",
    "input.__init__.__globals__",
    "input.keys()",
    "'{0.__class__}'.format(input)",
    "'%s' % input",
    "f'{input}'",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "getattr(input, 'keys')",
    "globals()",
    "lambda: 1",
    "(lambda: 1)()",
    "[x for x in range(10)]",
    "{x: 1 for x in range(10)}",
    "(y := 5)",
    "await input",
    "yield input",
    "*input",
    "print(*input)",
    "input; input",
    "import os",
    "9 ** 9 ** 9",
    "2 ** 100000",
    "1 << 10 ** 9",
    "10 ** 400 * 10 ** 4000",
    "'a' * 10 ** 9",
    "[0] * 10 ** 9",
    "'x' * 1000000 * 1000000",
    "[[0] * 1000] * 100000",
    "range(10 ** 9) | map(it)",
    "range(10 ** 9) | sort",
    "range(10 ** 12) | all(it >= 0)",
    "range(400000) | map(range(400000) | map(it))",
    "range(1000) | map('x' * 100000)",
    "range(10 ** 9) | join",
    "[range(10 ** 9)]",
    "json(range(10 ** 9))",
    "round(5, -10 ** 9)",
    "int('9' * 5000)",
    "1e308 * 10",
    "(" * 1000 + ")" * 1000,
    "-" * 4000 + "1",
    "[" * 60 + "]" * 60,
    "not " * 900 + "true",
    "a" * 5000,
    "input\x00",
    "`id`",
    "$(id)",
    "input.rows[__import__('os')]",
    "input | system",
    "input | env",
    "env(input.name)",
    "type(1)",
    "1 .__class__",
    "true.__class__",
    "map(input, lambda: 1)",
    "input@input",
    "input is input",
    "~1",
    "1 & 2 ^ 3",
    "...",
    "0x7fffffff",
    "1j",
    "b'x'",
    "print",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_attacks_are_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source).evaluate({"input": {"name": "HOME", "rows": [1]}}, env={"HOME": "secret"})


def test_an_expression_tells_what_it_needs() -> None:
    expression = compile_expression('nodes.a.output.b + input.x if env("HOME") else 1')
    assert expression.source == 'nodes.a.output.b + input.x if env("HOME") else 1'
    assert expression.references == (
        Reference("nodes", ("a", "output", "b"), 0),
        Reference("input", ("x",), 19),
    )
    assert expression.env_names == {"HOME"}


def test_an_expression_is_compiled_once_and_never_changes() -> None:
    expression = compile_expression("input.a > 5")
    assert compile_expression("input.a > 5") is expression
    with pytest.raises(FrozenInstanceError):
        expression.source = "input.b"  # type: ignore[misc]


class Asked(Mapping[str, Any]):
    def __init__(self, **values: Any) -> None:
        self.values_ = values
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("input.a > 5", ["input"]),
        ("input.a + input.b + input.a", ["input"]),
        ("input.list | where(it > variables.least) | length", ["input", "variables"]),
        ("input.a > 5 or variables.least", ["input"]),
        ("1 + 1", []),
    ],
)
def test_only_the_names_that_are_needed_are_asked_for_and_once_each(source: str, asked: list[str]) -> None:
    names = Asked(input={"a": 9, "b": 2, "list": [1, 2, 3, 4]}, variables={"least": 2}, nodes={})
    compile_expression(source).evaluate(names)
    assert names.asked == asked


def test_an_error_has_the_reason_and_the_values_that_were_seen() -> None:
    names = {"input": {"rows": list(range(1000)), "n": None, "secretless": 1}}
    with pytest.raises(ExpressionError) as caught:
        compile_expression("input.rows | length > input.n + input.missing").evaluate(names)
    error = caught.value
    assert not isinstance(error, ExpressionSyntaxError)
    assert error.source == "input.rows | length > input.n + input.missing"
    assert error.reason == "`input` has no key `missing`"
    assert set(error.values) == {"input.rows", "input.n"}
    assert error.values["input.n"] == "null"
    assert error.values["input.rows"].startswith("[0,1,2,")
    assert len(error.values["input.rows"]) == 80


def test_the_values_of_a_great_many_references_are_not_all_shown() -> None:
    names = {"input": {f"k{n}": n for n in range(50)}}
    references = tuple(Reference("input", (f"k{n}",), n) for n in range(50))
    assert len(evaluation_error("source", "reason", references, names).values) == 8


def test_an_error_of_whoever_produces_a_name_is_not_hidden() -> None:
    class Broken(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        compile_expression("input.a").evaluate(Broken())


def test_a_value_nested_too_deep_is_an_error_of_the_expression() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for source in ("json(input)", "input == input", "[input] | unique", "input.a"):
        with pytest.raises(ExpressionError):
            compile_expression(source).evaluate({"input": deep})


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (None, None), (3, 3), ([1, "input.a"], [1, "input.a"]), ("input.a", 7), ({}, {})],
)
def test_a_key_that_takes_an_expression_may_hold_a_literal(value: Any, expected: Any) -> None:
    expression = compile_value(value)
    assert expression.evaluate({"input": {"a": 7}}) == expected
    assert expression.references == (() if value != "input.a" else (Reference("input", ("a",), 0),))


def test_large_data_may_be_read_and_selected_but_not_built() -> None:
    rows = [{"id": n, "text": "x" * 50} for n in range(100_000)]
    names = {"input": {"rows": rows, "text": "x" * 5_000_000}}
    assert compile_expression("input.rows").evaluate(names) is rows
    assert len(compile_expression("input.rows | where(it.id >= 0)").evaluate(names)) == 100_000
    assert len(compile_expression("input.rows | map(it.id) | sort").evaluate(names)) == 100_000
    assert compile_expression("input.text").evaluate(names) == "x" * 5_000_000
    for source in (
        "[input.rows]",
        "input.rows | map([it.text])",
        "input.text + ''",
        "input.text | upper",
        "str(input.rows)",
    ):
        with pytest.raises(ExpressionError, match=r"1,048,576|524,288"):
            compile_expression(source).evaluate(names)


def test_a_range_stays_lazy_as_a_result() -> None:
    assert compile_expression("range(1000000000)").evaluate({}) == range(10**9)
    assert compile_expression("range(input.n)[10:]").evaluate({"input": {"n": 10**12}}) == range(10, 10**12)


def test_one_expression_may_be_evaluated_by_several_threads() -> None:
    expression = compile_expression("input.rows | where(it > input.least) | sum")
    found: list[Any] = []

    def work(least: int) -> None:
        found.extend(expression.evaluate({"input": {"rows": list(range(100)), "least": least}}) for _ in range(50))

    threads = [threading.Thread(target=work, args=(least,)) for least in (10, 90)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(found)) == [sum(range(91, 100)), sum(range(11, 100))]
    assert len(found) == 100


def test_the_data_is_never_changed() -> None:
    names = {"input": {"rows": [3, 1, 2], "more": [4]}}
    for source in (
        "input.rows | sort",
        "input.rows + input.more",
        "input.rows * 2",
        "input.rows | unique",
        "[input.rows]",
    ):
        compile_expression(source).evaluate(names)
    assert names == {"input": {"rows": [3, 1, 2], "more": [4]}}


WORDS = """input variables it true null not and or in if else x y row_index 1 2.5 .5 0 'a' "b" ( ) [ ] { } , : | . .a
.b-c .from + - * / // % ** << >> == != < <= > >= = ; ${{ }} \\ ' " é 9999999999999999999999"""
TOKENS = st.sampled_from([*WORDS.split(), *FUNCTIONS])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b-c", "from", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
QUIET = settings(max_examples=400, deadline=None, database=None)


@QUIET
@given(st.text(max_size=60) | st.lists(TOKENS, max_size=25).map(" ".join) | st.lists(TOKENS, max_size=25).map("".join))
@example("a\r\n")
@example("\ud800")
@example("\x0c1")
def test_any_text_is_an_expression_or_a_syntax_error(source: str) -> None:
    try:
        expression = compile_expression(source)
    except ExpressionSyntaxError as error:
        found: tuple[int, str] = (error.offset, error.reason)
    else:
        found = (0, expression.source)
    assert 0 <= found[0] <= len(source)
    assert found[1]


ATOMS = st.sampled_from(
    [
        *("input", "input.a", "input.a.from", "input['x']", "input[0]", "variables.b-c", "variables.a[-1].x", "absent"),
        *(
            "true",
            "null",
            "0",
            "-1",
            "2.5",
            "'a'",
            "''",
            "'12'",
            "[]",
            "{}",
            "[1, 'a']",
            "{'a': 1}",
            "range(3)",
            "now()",
        ),
        *("env('X')", "10 ** 300"),
    ]
)
OPERATORS = "+ - * / // % ** << >> == != < <= > >= in and or"
BINARY = ["not in", *OPERATORS.split()]


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.sampled_from(BINARY)
    ordinary = [name for name, function in FUNCTIONS.items() if function.least == 1 and name != "env"]
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, st.sampled_from(ordinary)).map(lambda parts: f"({parts[0]} | {parts[1]})"),
        st.tuples(inner, st.sampled_from(["where", "map", "sort", "any", "all"]), inner).map(
            lambda parts: f"({parts[0]} | {parts[1]}({parts[2].replace('absent', 'it')}))"
        ),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]} | default({parts[1]}))"),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}:]"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]}, {parts[1]}]"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(-{part})"),
        inner.map(lambda part: f"({part}).a"),
    )


def is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(is_plain(inner) for inner in value)
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(inner) for key, inner in value.items())
    return type(value) in {type(None), bool, int, float, str}


@QUIET
@given(st.recursive(ATOMS, grown, max_leaves=8), JSON, JSON)
def test_an_evaluation_gives_json_or_an_expression_error(source: str, given_input: Any, given_variables: Any) -> None:
    expression = compile_expression(source)
    try:
        value = expression.evaluate({"input": given_input, "variables": given_variables}, now=1.5, env={"X": "y"})
    except ExpressionError as error:
        value = [error.reason, error.values]
        shown = list(error.values.values())
    else:
        shown = []
    assert type(value) is range or is_plain(value)
    assert all(len(text) <= 80 for text in shown)
