import pytest

from wflow.expr.parse import parse
from wflow.expr.references import Reference, References, references_of


def of(source: str) -> References:
    return references_of(parse(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2", []),
        ("nodes.load.output.rows", [("nodes", ("load", "output", "rows"), 0)]),
        ('nodes["load"].output[0]', [("nodes", ("load", "output", 0), 0)]),
        ("nodes[variables.name].output", [("nodes", (), 0), ("variables", ("name",), 6)]),
        ("input.a + input.b", [("input", ("a",), 0), ("input", ("b",), 10)]),
        ("input.a + input.a", [("input", ("a",), 0)]),
        ("input.rows | where(it.size > variables.least)", [("input", ("rows",), 0), ("variables", ("least",), 29)]),
        ("it.x", [("it", ("x",), 0)]),
        ("length(input)", [("input", (), 7)]),
        ("input.rows[1:run.n]", [("input", ("rows",), 0), ("run", ("n",), 13)]),
    ],
)
def test_references_are_told_from_the_tree(source: str, expected: list[tuple[str, tuple[str | int, ...], int]]) -> None:
    assert list(of(source).found) == [Reference(*each) for each in expected]


def test_the_names_of_environment_variables_are_told() -> None:
    assert of('env("HOME") + ("USER" | env)').env_names == {"HOME", "USER"}


@pytest.mark.parametrize(
    ("source", "repeats"),
    [
        ("input.a", False),
        ("input.a + variables.b", False),
        ("input.a + input.b", True),
        ("input.a | default(input.a)", True),
        ("input.rows | any(it == variables.x)", True),
        ("input.rows | any(it == 1)", False),
    ],
)
def test_a_root_that_is_asked_for_again_is_noticed(source: str, repeats: bool) -> None:
    assert of(source).repeats is repeats


def test_expressions_over_the_element_are_noticed() -> None:
    assert of("input | sort(it.x)").loops
    assert not of("input | sort").loops
