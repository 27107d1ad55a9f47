from __future__ import annotations

import time

import pytest

from wflow.importing.csharp_tokens import CSharpFault, tokenize


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('"a\\"b\\n\\u0041\\x42"', "string", 'a"b\nAB'),
        ('@"a\\b""c"', "string", 'a\\b"c'),
        ('"""raw "x" """', "string", 'raw "x" '),
        ("'\\''", "char", "'"),
        ("'\\u0041'", "char", "A"),
        ("@class", "name", "class"),
        ("größe_1", "name", "größe_1"),
        ("1_000", "number", 1000),
        ("0xFFul", "number", 255),
        ("0b10_1", "number", 5),
        ("12L", "number", 12),
        ("1.5e3", "number", 1500.0),
        (".5f", "number", 0.5),
        ("3m", "number", 3.0),
        ('$"a {Get("}")} {{b}} {x:0.0}"', "interpolated", ""),
        ('$@"a ""{1}"""', "interpolated", ""),
        ("=>", "sign", "=>"),
        ("?.", "sign", "?."),
    ],
)
def test_each_form_is_one_token(text: str, kind: str, value: str | float) -> None:
    (token,) = tokenize(text)
    assert (token.kind, token.value, token.text) == (kind, value, text)
    assert (token.start, token.end) == (0, len(text))


def test_comments_are_left_out_and_places_kept() -> None:
    tokens = tokenize("a /* x\n */ + // y\n b")
    assert [(token.text, token.start) for token in tokens] == [("a", 0), ("+", 11), ("b", 19)]


@pytest.mark.parametrize("text", ['"open', "'", "/* open", '$"{x', "\x00", "§"])
def test_what_is_no_token_is_a_fault_with_its_place(text: str) -> None:
    with pytest.raises(CSharpFault) as raised:
        tokenize(f"a {text}")
    assert raised.value.offset >= 2


@pytest.mark.parametrize("piece", ["/* ", '$"{', '"', "'a", "(", "{ /", "@", "a<", "\\u"])
def test_hostile_text_costs_what_its_length_is(piece: str) -> None:
    began = time.perf_counter()
    try:
        tokenize(piece * 100_000)
    except CSharpFault:
        pass
    assert time.perf_counter() - began < 5
