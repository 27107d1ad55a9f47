from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wflow.expr import ExpressionSyntaxError, compile_expression
from wflow.expr.check import check
from wflow.expr.vocabulary import Vocabulary

HERE = Vocabulary(
    roots=frozenset({"input", "inputs", "variables", "params", "nodes", "run", "row", "row_index"}),
    variables=frozenset({"loaded", "total-count"}),
    params=frozenset({"source", "limit"}),
    nodes=frozenset({"load", "pre-check", "report"}),
    ancestors=frozenset({"load", "pre-check"}),
)


@pytest.mark.parametrize(
    "value",
    [
        "input.rows | length > 0",
        "nodes.pre-check.output.from + variables.loaded",
        'nodes["load"].output',
        "nodes.load.status == 'completed'",
        "nodes[row.name].output",
        "variables.total-count - row_index",
        "variables",
        "input.rows | where(it.size > params.limit)",
        "run.id + env('HOME')",
        True,
        None,
        [1, "nonsense("],
    ],
)
def test_what_is_right_has_no_findings(value: Any) -> None:
    assert check(value, HERE) == []


@pytest.mark.parametrize(
    ("source", "code", "offset", "cure"),
    [
        ("1 +", "expression-syntax", 2, None),
        ("True", "expression-syntax", 0, "write `true`"),
        ("inptu.a", "unknown-name", 0, "did you mean `input`?"),
        ("1 + loaded", "unknown-name", 4, "write `variables.loaded`"),
        ("source", "unknown-name", 0, "write `params.source`"),
        ("load.rows", "unknown-name", 0, "write `nodes.load.output.rows`"),
        ("load.output.rows", "unknown-name", 0, "write `nodes.load.output.rows`"),
        ("length > 0", "unknown-name", 0, "`length` is a function: write `length(x)`"),
        ("input == completed", "unknown-name", 9, None),
        ("it.size", "unknown-name", 0, None),
        ("input | lenght", "unknown-name", 8, "did you mean `length`?"),
        ("variables.loadde", "unknown-variable", 0, "did you mean `variables.loaded`?"),
        ("variables.zzz", "unknown-variable", 0, "declare it under `variables`"),
        ("variables.loaded-1", "unknown-variable", 0, "did you mean `variables.loaded`?"),
        ("params.limits", "unknown-parameter", 0, "did you mean `params.limit`?"),
        ("params.zzz", "unknown-parameter", 0, "declare it under `parameters`"),
        ("nodes.precheck.output", "unknown-node", 0, "did you mean `nodes.pre-check`?"),
        (
            "nodes.report.output",
            "not-an-ancestor",
            0,
            "connect `report` to it by edges, or hand the value over in a variable",
        ),
        ("nodes.load.rows", "unknown-name", 0, "write `nodes.load.output.rows`"),
        ("env(input.x)", "expression-syntax", 4, 'write `env("NAME")`'),
        ("length(1, 2)", "expression-syntax", 0, "write `length(x)`"),
        ("input.rows | where(it > variables.x)", "unknown-variable", 24, "declare it under `variables`"),
    ],
)
def test_a_static_problem_is_told_with_its_place_and_cure(
    source: str, code: str, offset: int, cure: str | None
) -> None:
    (finding,) = check(source, HERE)
    assert (finding.code, finding.offset) == (code, offset)
    if cure is not None:
        assert finding.cure == cure


def test_all_problems_are_told_in_the_order_of_the_text() -> None:
    found = check("foo(inptu) + variables.x + nodes.y.output", HERE)
    assert [(finding.code, finding.offset) for finding in found] == [
        ("unknown-name", 0),
        ("unknown-name", 4),
        ("unknown-variable", 13),
        ("unknown-node", 27),
    ]


def test_what_is_not_known_is_not_checked() -> None:
    loose = Vocabulary(roots=frozenset({"variables", "params", "nodes"}), nodes=frozenset({"a"}))
    assert check("variables.x + params.y + nodes.a.output", loose) == []
    assert [finding.code for finding in check("nodes.b.output", loose)] == ["unknown-node"]


def test_an_element_may_be_a_name_of_the_place() -> None:
    assert check("it.size", Vocabulary(roots=frozenset({"it"}))) == []


def test_templates_are_checked_at_their_places() -> None:
    found = check("a ${{ inptu }} $${{ no }} ${{ 1 + }} ${{ variables.loaded }}", HERE, template=True)
    assert [(finding.code, finding.offset) for finding in found] == [("unknown-name", 6), ("expression-syntax", 32)]
    assert check("no ${{ ", HERE, template=True)[0].offset == 3
    assert check("nothing to see", HERE, template=True) == []


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "input",
                "it",
                "foo",
                "length",
                "(",
                ")",
                "[",
                "]",
                ",",
                "|",
                ".",
                ".a",
                "1",
                "'x'",
                "+",
                "-",
                ">",
                "and",
                "env",
                "where",
                "${{",
                "}}",
            ]
        ),
        max_size=15,
    ).map("".join)
)
def test_a_source_without_findings_compiles_and_one_that_does_not_compile_has_findings(source: str) -> None:
    everything = Vocabulary(roots=frozenset({"input", "it", "foo", "length", "env", "where", "inputit"}))
    try:
        compile_expression(source)
    except ExpressionSyntaxError as error:
        refused: int | None = error.offset
    else:
        refused = None
    found = check(source, everything)
    if refused is not None:
        assert refused in {finding.offset for finding in found}
    else:
        assert all(finding.code == "unknown-name" for finding in found)
