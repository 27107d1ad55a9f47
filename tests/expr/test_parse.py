import ast

import pytest

from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.parse import MOST_NODES, chain_of, children_of, count_nodes, parse, walk


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("nodes.pre-check.output.from", "nodes['pre-check']['output']['from']"),
        ("input.rows | length > 0", "length(input['rows']) > 0"),
        ("input.a + input.b | default(0)", "default(input['a'] + input['b'], 0)"),
        ("a < b | default(0)", "a < default(b, 0)"),
        ("a | where(it.x > 1) | map(it.y)", "map(where(a, it['x'] > 1), it['y'])"),
        ("not a == true", "not a == True"),
        ("a or b and not c", "a or (b and (not c))"),
        ("a.x -1", "a['x'] - 1"),
        ("a.x-1", "a['x-1']"),
        ("x[-1]", "x[-1]"),
        ("x[1:-1]", "x[1:-1]"),
        ("1 if a else 2", "1 if a else 2"),
        ("2 ** 3 ** 2", "2 ** 3 ** 2"),
        ("-2 ** 2", "-2 ** 2"),
        ('{"a": [1, .5]}.a', "{'a': [1, 0.5]}['a']"),
        ("1 < 2 <= 3 not in x", "1 < 2 <= 3 not in x"),
    ],
)
def test_a_source_becomes_a_tree_of_few_kinds(source: str, tree: str) -> None:
    assert ast.unparse(parse(source)) == tree


@pytest.mark.parametrize("source", ["a.b.c", "a | f(x.y)", "[a.b, {'k': c.d}]", "a.b[c.d:e.f].g"])
def test_no_attribute_is_left_in_a_tree(source: str) -> None:
    assert not any(isinstance(node, ast.Attribute | ast.BitOr) for node in ast.walk(parse(source)))


def test_offsets_count_characters_of_the_source() -> None:
    tree = parse("'é' +\n  nodes.pre-check.output")
    assert isinstance(tree, ast.BinOp)
    assert tree.right.col_offset == 8
    base, keys = chain_of(tree.right)
    assert isinstance(base, ast.Name)
    assert (base.id, base.col_offset, keys) == ("nodes", 8, ("pre-check", "output"))


def test_a_chain_ends_where_a_key_is_computed() -> None:
    base, keys = chain_of(parse("a.b[c].d[0]"))
    assert keys == ("d", 0)
    assert ast.unparse(base) == "a['b'][c]"
    assert chain_of(parse("a[true]"))[1] == ()


def test_every_value_counts_as_a_node() -> None:
    assert count_nodes(parse("a")) == 1
    assert count_nodes(parse("it.size > 5")) == 5


@pytest.mark.parametrize(
    ("source", "reason", "offset"),
    [
        ("1 +", "a value is missing after `+`", 2),
        ("a and", "a value is missing after `and`", 2),
        ("a b", "an operator or a comma is missing before `b`", 2),
        ("[a 1]", "an operator or a comma is missing before `1`", 3),
        ("a.b c", "an operator or a comma is missing before `c`", 4),
        ("* a", "`*` cannot stand here", 0),
        ("(1, 2)", "a comma stands outside of a list", 0),
        ("()", "a comma stands outside of a list", 0),
        ("{1}", "there are no sets", 0),
        ("{1: 2}", "the keys of a mapping are strings", 1),
        ("{**a}", "`**` cannot stand here", 0),
        ("f(*a)", "this is no part of the language", 2),
        ("a | 3", "a filter's name is missing after `|`", 4),
        ("a | b.c", "a filter's name is missing after `|`", 4),
        ("a.b()", "only functions of the table can be called", 0),
        ("f()()", "only functions of the table can be called", 0),
        ("'x'.upper()", "only functions of the table can be called", 0),
        ("a[1, 2]", "a comma stands outside of a list", 2),
        ("1e999", "the number is too large", 0),
        ("9" * 1300, "the number has more than 4,096 bits", 0),
        ("[" + "1," * 501 + "1]", "it has more than 500 parts", 999),
        ("+".join(["a"] * 52), "it is nested deeper than 50", 0),
        ("a" + ".b" * 600, "it has more than 500 parts", 0),
    ],
)
def test_what_is_no_expression_is_refused_at_its_place(source: str, reason: str, offset: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(source)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@pytest.mark.parametrize(
    "source", ["not " * 1000 + "a", "-" * 2000 + "1", "+" * 2050 + "a", "a if b else " * 300 + "c", "2**" * 600 + "2"]
)
def test_what_python_cannot_nest_is_an_error_of_the_expression(source: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="nested deeper than 50"):
        parse(source)


def test_the_largest_tree_is_accepted() -> None:
    assert count_nodes(parse("[" + ",".join(["1"] * (MOST_NODES - 1)) + "]")) == MOST_NODES
    assert count_nodes(parse("+".join(["a"] * 50))) == 99


@pytest.mark.parametrize(
    ("source", "below"),
    [
        ("f(a, b)", ["a", "b"]),
        ("a[b:c]", ["a", "b:c"]),
        ("a[:b]", ["a", ":b"]),
        ("a < b < c", ["a", "b", "c"]),
        ("a and b and c", ["a", "b", "c"]),
        ("a if b else c", ["a", "b", "c"]),
        ("{'k': a}", ["'k'", "a"]),
        ("[a, b]", ["a", "b"]),
        ("-a", ["a"]),
        ("a", []),
    ],
)
def test_the_values_below_a_node_are_told_in_the_order_of_the_source(source: str, below: list[str]) -> None:
    assert [ast.unparse(node) for node in children_of(parse(source))] == below


def test_a_walk_meets_every_value_once() -> None:
    tree = parse("f(a.b, [1, {'k': c}]) + x[y:] * (1 if z else 2)")
    met = list(walk(tree))
    names = {node.id for node in met if isinstance(node, ast.Name)}
    assert names == {"a", "c", "x", "y", "z"}
    assert len(met) == len({id(node) for node in met}) == count_nodes(tree)
