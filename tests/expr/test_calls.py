import pytest

from wflow.expr.calls import call_problems
from wflow.expr.functions import FUNCTIONS
from wflow.expr.parse import parse


@pytest.mark.parametrize(
    ("source", "code", "offset", "words"),
    [
        ("input | lenght", "unknown-name", 8, "did you mean `length`?"),
        ("__import__('os')", "unknown-name", 0, "there are length"),
        ("length()", "expression-syntax", 0, "write `length(x)`"),
        ("1 + length(1, 2)", "expression-syntax", 4, "write `length(x)`"),
        ("input | now", "expression-syntax", 8, "write `now()`"),
        ("input | default", "expression-syntax", 8, "write `default(x, y)`"),
        ("input | where", "expression-syntax", 8, "write `where(x, e)`"),
        ("env(input.x)", "expression-syntax", 4, 'write `env("NAME")`'),
        ("env(5)", "expression-syntax", 4, 'write `env("NAME")`'),
    ],
)
def test_a_call_that_cannot_be_is_told_with_its_cure(source: str, code: str, offset: int, words: str) -> None:
    (problem,) = call_problems(parse(source))
    assert (problem.code, problem.offset) == (code, offset)
    assert problem.cure is not None
    assert words in problem.cure


def test_all_problems_are_told_at_once() -> None:
    assert sorted(problem.offset for problem in call_problems(parse("foo(1) + (bar(length()))"))) == [0, 10, 14]


def test_every_function_may_be_called_with_the_fewest_and_the_most_arguments() -> None:
    for function in FUNCTIONS.values():
        if function.name == "env":
            continue
        for count in (function.least, function.most):
            source = f"{function.name}({', '.join(['x'] * count)})"
            assert list(call_problems(parse(source))) == []
        source = f"{function.name}({', '.join(['x'] * (function.most + 1))})"
        assert [problem.code for problem in call_problems(parse(source))] == ["expression-syntax"]
