from __future__ import annotations

import pytest

from wflow.importing.csharp_syntax import parse_csharp
from wflow.importing.csharp_tokens import CSharpFault
from wflow.importing.csharp_tree import (
    Binary,
    Call,
    Cast,
    Choice,
    Index,
    Lambda,
    ListOf,
    Literal,
    Member,
    Name,
    Tree,
    Unary,
)

A, B, C, ONE = Name("a"), Name("b"), Name("c"), Literal(1)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a || b && c", Binary("||", A, Binary("&&", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a ?? b ?? c", Binary("??", A, Binary("??", B, C))),
        ("a ? b : c", Choice(A, B, C)),
        ("!a == b", Binary("==", Unary("!", A), B)),
        ("(a) - 1", Binary("-", A, ONE)),
        ("(int)a + 1", Binary("+", Cast("int", A), ONE)),
        ("(int?)a", Cast("int?", A)),
        ("(System.Collections.Generic.List<string>)a", Cast("List<string>", A)),
        ("(string[])a.b", Cast("string[]", Member(A, "b"))),
        ("a as string", Cast("string", A, maybe=True)),
        ("a is not null", Binary("is not", A, Literal(None))),
        ("a?.b[1]", Index(Member(A, "b", maybe=True), ONE)),
        ("a<int>(1)", Call(A, (ONE,), ("int",))),
        ("a < b", Binary("<", A, B)),
        ("a(b, x => x > 1)", Call(A, (B, Lambda("x", Binary(">", Name("x"), ONE))))),
        ("a((x) => x)", Call(A, (Lambda("x", Name("x")),))),
        ("new[] { 1, a }", ListOf((ONE, A))),
        ("new List<int>()", ListOf(())),
        ("new string[] { \"x\", }", ListOf((Literal("x"),))),
        ("a!.b", Member(A, "b")),
        ("return true;", Literal(True)),
        ("'x'", Literal("x", char=True)),
    ],
)  # fmt: skip
def test_an_expression_is_read(text: str, tree: Tree) -> None:
    assert parse_csharp(text) == tree


@pytest.mark.parametrize(
    ("text", "offset"),
    [("", 0), ("a b", 2), ("a +", 3), ("(a", 2), ("a ? b", 5), ("a is B", 5), ("new Foo()", 7), ("a.1", 1),
     ("await a", 0), ("a(b", 3), ("a[1", 3), ("a; b", 1), ("a = 1", 2), ("a++", 1), ("typeof(a)", 0)],
)  # fmt: skip
def test_anything_else_is_a_fault_at_its_place(text: str, offset: int) -> None:
    with pytest.raises(CSharpFault) as raised:
        parse_csharp(text)
    assert raised.value.offset == offset


@pytest.mark.parametrize(
    "text", ["(" * 999, "!" * 999 + "a", "- " * 999 + "a", "a ?? " * 999 + "a", "(int)" * 999 + "a"]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(CSharpFault, match="too deep"):
        parse_csharp(text)
