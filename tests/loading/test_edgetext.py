from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.loading.edgetext import EdgeSyntax, find_end, parse_edge


def pairs(text: str) -> list[str]:
    return [f"{s.id}{f'.{s.port}' if s.port else ''}>{t.id}" for s, t in parse_edge(text)]


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("a -> b", ["a>b"]),
        ("a->b", ["a>b"]),
        ("  a   ->  b  ", ["a>b"]),
        ("pre-check->b-2", ["pre-check>b-2"]),
        ("a- -> b", ["a->b"]),
        ("a -> b -> c", ["a>b", "b>c"]),
        ("check.true -> load -> report", ["check.true>load", "load>report"]),
        ("a -> check.true -> b", ["a>check", "check.true>b"]),
        ("a -> [b, c] -> d", ["a>b", "a>c", "b>d", "c>d"]),
        ("[a, b] -> [c, d]", ["a>c", "a>d", "b>c", "b>d"]),
        ("[a.x, b] -> c", ["a.x>c", "b>c"]),
        ("a\n-> b", ["a>b"]),
    ],
)
def test_a_text_stands_for_its_edges(text: str, edges: list[str]) -> None:
    assert pairs(text) == edges


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("a", 1),
        ("a ->", 4),
        ("-> a", 0),
        ("a => b", 2),
        ("a -> b c", 7),
        ("a -> [b", 7),
        ("a -> [b c]", 8),
        ("a -> []", 6),
        ("a -> b.true", 6),
        ("a -> 1b", 5),
        ("a. -> b", 1),
        ("a -> [[b]]", 6),
    ],
)
def test_what_is_no_edge_says_where_it_stops_being_one(text: str, offset: int) -> None:
    with pytest.raises(EdgeSyntax) as refused:
        parse_edge(text)
    assert refused.value.offset == offset
    assert refused.value.cure


def test_a_short_text_cannot_stand_for_a_million_edges() -> None:
    names = ", ".join(f"n{number}" for number in range(1000))
    with pytest.raises(EdgeSyntax, match="1,000,000 edges"):
        parse_edge(f"[{names}] -> [{names}]")


def test_the_ends_know_where_they_stand() -> None:
    text = "a -> [b.x, c] -> d"
    assert find_end(text, "from", "a") == 0
    assert find_end(text, "to", "c") == 11
    assert find_end(text, "port", "x") == 8
    assert find_end(text, "to", "d") == 17
    assert find_end(text, "to", "nowhere") == 0
    assert find_end("a -> ", "to", "b") == 5


@given(st.text(alphabet="ab.->[], \n1", max_size=30) | st.text(max_size=30))
def test_any_text_is_an_edge_or_says_why_not(text: str) -> None:
    try:
        links = parse_edge(text)
    except EdgeSyntax as refused:
        offset = refused.offset
    else:
        offset = max(link.target.offset for link in links)
    assert 0 <= offset <= len(text)
