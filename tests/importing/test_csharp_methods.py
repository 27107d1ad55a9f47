from __future__ import annotations

import pytest

from wflow.expr import compile_expression
from wflow.importing.csharp_methods import METHODS, STATICS, Arguments
from wflow.importing.csharp_value import NoCounterpart, Value, literal

LIST = Value("input.l", kind="list", nullable=True)
OVER = Value("it > 1", 4, "bool")


@pytest.mark.parametrize("name", sorted(METHODS))
def test_each_method_gives_an_expression_or_says_that_it_has_none(name: str) -> None:
    made = 0
    for value in (LIST, Value("input.s", kind="string"), Value("1", kind="int")):
        for arguments in (Arguments(()), Arguments((literal("x"),)), Arguments((literal(1),)), Arguments((LIST,)),
                          Arguments((), (OVER,))):  # fmt: skip
            try:
                compile_expression(METHODS[name](value, arguments).text)
                made += 1
            except NoCounterpart:
                pass
    assert made


@pytest.mark.parametrize("name", sorted(STATICS))
def test_each_static_method_gives_an_expression_or_says_that_it_has_none(name: str) -> None:
    split = Value('input.s | split(",")', 5, "list")
    made = 0
    words = split._replace(text="input.s | split")
    tried = ((literal("x"),), (literal(1), literal(2)), (literal("x"), literal("y")), (literal(","), words), ())
    for plain in tried:
        try:
            compile_expression(STATICS[name](Arguments(plain)).text)
            made += 1
        except NoCounterpart:
            pass
    assert made


@pytest.mark.parametrize("name", ["Where", "First", "Contains", "ToList", "Sum"])
def test_what_may_be_no_list_is_not_taken_for_one(name: str) -> None:
    arguments = Arguments((literal("x"),)) if name == "Contains" else Arguments((), (OVER,) if name == "Where" else ())
    with pytest.raises(NoCounterpart):
        METHODS[name](Value("input.a"), arguments)


def test_a_comparison_that_depends_on_a_culture_is_not_ours() -> None:
    with pytest.raises(NoCounterpart, match="CurrentCulture"):
        METHODS["Equals"](Value("input.s", kind="string"), Arguments((literal("x"),), (), ("CurrentCulture",)))
