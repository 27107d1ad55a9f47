from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wflow.errors import ExpressionError
from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.references import Reference
from wflow.expr.template import Part, compile_template, has_template, parts_of, render

NAMES: dict[str, Any] = {"input": {"a": 7, "s": "text", "n": None, "rows": [1, {"k": "é"}], "t": True}}


def run(text: str) -> Any:
    return compile_template(text).evaluate(NAMES, now=1.5, env={"HOME": "/root"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("${{ input.a }}", 7),
        ("${{input.a}}", 7),
        ("${{ input.rows }}", [1, {"k": "é"}]),
        ("${{ input.n }}", None),
        ("${{ range(2) }}", [0, 1]),
        (" ${{ input.a }}", " 7"),
        ("${{ input.a }}${{ input.s }}", "7text"),
        ("a=${{ input.a }}, n=${{ input.n }}, t=${{ input.t }}", "a=7, n=null, t=true"),
        ("rows: ${{ input.rows }}", 'rows: [1,{"k":"é"}]'),
        ("s: ${{ input.s }}", "s: text"),
        ("$${{ input.a }}", "${{ input.a }}"),
        ("$$${{ input.a }}", "$${{ input.a }}"),
        ("$${{ x }} ${{ input.a }}", "${{ x }} 7"),
        ("${{ '}}' }}", "}}"),
        ('${{ "a}}b" + \'"\' }}', 'a}}b"'),
        ("${{ {'a': {'b': 1}}.a.b }}", 1),
        ("${{ {'a': {'b': 1}}}}", {"a": {"b": 1}}),
        ("${{ '\\'}}' }}!", "'}}!"),
        ("}} { $ {{ }", "}} { $ {{ }"),
        ("$HOME ${HOME}", "$HOME ${HOME}"),
        ("${{ env('HOME') }}/x-${{ now() }}", "/root/x-1.5"),
        ("${{\n input.a\n}}", 7),
    ],
)
def test_a_template_gives_text_or_the_value_of_its_only_expression(text: str, expected: Any) -> None:
    found = run(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", False),
        ("${{ x }}", True),
        ("$${{ x }}", False),
        ("$${{ x }} ${{ y }}", True),
        ("${ {", False),
        ("${{", True),
    ],
)
def test_an_escaped_opening_is_no_template(text: str, expected: bool) -> None:
    assert has_template(text) is expected


def test_a_template_tells_what_it_needs() -> None:
    template = compile_template("é${{ input.a }} ${{ nodes.b.output }}${{ env('X') }}")
    assert not template.constant
    assert template.references == (Reference("input", ("a",), 5), Reference("nodes", ("b", "output"), 20))
    assert template.env_names == {"X"}
    assert compile_template("$${{ a }}").constant
    assert compile_template("").constant


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("abc ${{ input.a", 4, "`${{` is never closed with `}}`"),
        ("${{ 'a }}", 4, "the string is never closed with `'`"),
        ("${{ (a }}", 4, "`(` is never closed"),
        ("ab ${{ 1 + }}", 9, "a value is missing after `+`"),
        ("ab ${{ }}", 6, "it is empty"),
        ("${{ a }} ${{ b c }}", 15, "an operator or a comma is missing before `c`"),
        ("x ${{ foo(1) }}", 6, "there is no function or filter `foo`"),
    ],
)
def test_the_place_of_an_error_is_counted_in_the_whole_text(text: str, offset: int, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(text)
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


def test_pieces_of_a_template_have_their_places() -> None:
    assert list(parts_of("a${{ b }}$${{c")) == [
        Part("a", False, 0),
        Part(" b ", True, 4),
        Part("${{", False, 9),
        Part("c", False, 13),
    ]


def test_an_error_in_a_template_names_the_expression() -> None:
    with pytest.raises(ExpressionError) as caught:
        run("a ${{ input.a + input.missing }}")
    assert caught.value.source.strip() == "input.a + input.missing"
    assert caught.value.values == {"input.a": "7"}


@pytest.mark.parametrize("text", ["${{ input }}!", "a${{ range(100000000) }}", "${{ range(100000000) }}"])
def test_a_text_that_would_grow_too_large_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"1,048,576|524,288"):
        compile_template(text).evaluate({"input": "x" * 1_048_577})


def test_a_value_nested_too_deep_for_text_is_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ExpressionError, match="nested too deep"):
        compile_template("a${{ input }}").evaluate({"input": deep})


def test_every_string_in_a_tree_is_rendered_and_keys_are_not() -> None:
    tree = {"${{ a }}": ["${{ input.a }}", {"x": "n ${{ input.n }}"}, 5, None, True], "plain": "$5"}
    before = repr(tree)
    assert render(tree, NAMES) == {"${{ a }}": [7, {"x": "n null"}, 5, None, True], "plain": "$5"}
    assert repr(tree) == before
    assert render("${{ now() }}", {}, now=2.0) == 2.0
    assert render(("${{ env('A') }}",), {}, env={"A": "b"}) == ["b"]


def test_data_that_holds_an_expression_is_never_read_as_one() -> None:
    names = {"input": {"evil": "${{ env('SECRET') }}"}}
    for text in ("${{ input.evil }}", "a ${{ input.evil }}"):
        assert str(render(text, names, env={"SECRET": "s3cret"})).endswith("${{ env('SECRET') }}")


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.lists(
        st.sampled_from(["${{", "$${{", "}}", "{", "}", "'", '"', "\\", " ", "a", "$", "1", "+", "é"]), max_size=20
    ).map("".join)
)
def test_any_text_is_a_template_or_a_syntax_error(text: str) -> None:
    try:
        template = compile_template(text)
    except ExpressionSyntaxError as error:
        offset = error.offset
    else:
        offset = 0
        assert template.constant is not has_template(text)
        assert "${{" in text or template.evaluate({}) == text
    assert 0 <= offset <= len(text)
