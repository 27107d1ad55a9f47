from __future__ import annotations

import pytest

from wflow.expr import compile_expression
from wflow.importing.csharp_value import LEVELS, Value, literal, within


def test_what_binds_looser_than_its_place_goes_into_brackets() -> None:
    value = Value("a or b", LEVELS["or"])
    assert within(value, "and") == "(a or b)"
    assert within(value, "choice") == "a or b"
    assert within(Value("a"), "one") == "a"


def test_what_may_be_missing_is_null_where_that_is_asked() -> None:
    assert Value("input.a", missing=True).soft().text == "input.a | default(null)"
    assert Value("input.a").soft().text == "input.a"


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (None, "null", "null"),
        (True, "true", "bool"),
        (3, "3", "int"),
        (1.5, "1.5", "float"),
        ('a"\n', '"a\\"\\n"', "string"),
    ],
)
def test_literals_are_ours(value: str | float | None, text: str, kind: str) -> None:
    assert literal(value)[:3:2] == (text, kind)


def test_no_text_brings_a_template_into_an_expression() -> None:
    ours = literal("a ${{ b }} $$").text
    assert "${{" not in ours
    assert compile_expression(ours).evaluate({}, now=0.0, env={}) == "a ${{ b }} $$"
