import pytest

from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.lexer import LONGEST_SOURCE, tokenize


def kinds(source: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in tokenize(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nodes.a-b", [("name", "nodes"), ("key", "a-b")]),
        ("input.x -1", [("name", "input"), ("key", "x"), ("op", "-"), ("number", "1")]),
        ("input.x - 1", [("name", "input"), ("key", "x"), ("op", "-"), ("number", "1")]),
        ("row_index-1", [("name", "row_index"), ("op", "-"), ("number", "1")]),
        ("a.from.if", [("name", "a"), ("key", "from"), ("key", "if")]),
        ("a.0.1", [("name", "a"), ("key", "0"), ("key", "1")]),
        ("a[0].b", [("name", "a"), ("op", "["), ("number", "0"), ("op", "]"), ("key", "b")]),
        ("1.5", [("number", "1.5")]),
        (".5", [("number", ".5")]),
        ("1.5e-3+.5", [("number", "1.5e-3"), ("op", "+"), ("number", ".5")]),
        ("'a.b-c'", [("string", "a.b-c")]),
        ('"it\'s"', [("string", "it's")]),
        (r"'\'\\\n\u00e9\x41\/'", [("string", "'\\\né" + "A/")]),
        (r"'\ud83d\ude00'", [("string", "😀")]),
        ("a\n and\tb", [("name", "a"), ("word", "and"), ("name", "b")]),
        ("a<=b", [("name", "a"), ("op", "<="), ("name", "b")]),
        ("a|b", [("name", "a"), ("op", "|"), ("name", "b")]),
        ("1 in'x'", [("number", "1"), ("word", "in"), ("string", "x")]),
    ],
)
def test_text_becomes_tokens(source: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(source) == expected


def test_a_token_knows_where_it_stands() -> None:
    assert [token.offset for token in tokenize("'é' + input.b")] == [0, 4, 6, 11]


@pytest.mark.parametrize(
    ("source", "offset", "cure"),
    [
        ("a == True", 5, "write `true`"),
        ("False", 0, "write `false`"),
        ("None", 0, "write `null`"),
        ("a is null", 2, "write `==`, or `x == null`"),
        ("a = 1", 2, "write `==` to compare"),
        ("a && b", 2, "write `and`"),
        ("a || b", 2, "write `or`"),
        ("!a", 0, "write `not`"),
        ("a <> b", 2, "write `!=`"),
        ("a === b", 2, "write `==`"),
        ("a ? b : c", 2, "write `x if condition else y`"),
        ("${{ a }}", 0, "this key takes the expression bare: leave out `${{` and `}}`"),
        ("007", 0, "leave out the leading zeros"),
        ("'a' 'b'", 4, "write `+` or `,` between them"),
        ("input.", 5, 'a key of any other kind is written `["the key"]`'),
        ("'a\\q'", 2, "write `\\\\` for a backslash"),
        ("a # b", 2, "put comments into YAML, above the key"),
    ],
)
def test_what_is_meant_otherwise_is_refused_with_its_cure(source: str, offset: int, cure: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        tokenize(source)
    assert (caught.value.offset, caught.value.cure) == (offset, cure)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("(a", "`(` is never closed"),
        ("a)", "`)` closes nothing that is open"),
        ("(a]", "`]` closes nothing that is open"),
        ("'abc", "the string is never closed with `'`"),
        ("1x", "`1x` is no number"),
        ("0x1f", "`0x` is no number"),
        ("1_000", "`1_` is no number"),
        ("1.2.3", "`1.2.` is no number"),
        ("1j", "`1j` is no number"),
        ("'\\ud800'", "the string holds half a character (a lone surrogate)"),
        ("'\\UFFFFFFFF'", "there is no character of that number"),
        ("a\x00b", "`U+0000` is no part of the language"),
        ("(" * 51, "it is nested deeper than 50"),
        ("x" * (LONGEST_SOURCE + 1), "it has 4,097 characters, 4,096 are the most"),
        ("-" * 3000 + "1", "it has too many parts"),
        ("größe", "a name has letters of ASCII, digits and `_`"),
        ("lambda", "`lambda` is no part of the language"),
        ("(a := 1)", "`:=` is no part of the language"),
    ],
)
def test_what_is_no_token_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        tokenize(source)
    assert caught.value.reason == reason
    assert 0 <= caught.value.offset <= len(source)


def test_keys_may_have_letters_of_any_script() -> None:
    assert kinds("input.größe")[1] == ("key", "größe")
