from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.loading.comments import comments_of

TEXT = """\
# head
a: 1  # one
b: |
  x # no comment
# after
c: "q # no"   # beside

d:
  # first
  - x#y   # z
  -
    # deep
    k: v
  - {m: 1,  # in flow
     n: 2}
e: >-
  folded
  # inside
# end
"""


def test_each_comment_stands_at_what_follows_it_or_is_beside_it() -> None:
    comments = comments_of(TEXT)
    assert comments.at == {
        ("a",): (("# head",), "# one"),
        ("c",): (("# after",), "# beside"),
        ("d", 0): (("# first",), "# z"),
        ("d", 1): (("# deep",), None),
        ("d", 2, "m"): ((), "# in flow"),
    }
    assert comments.last == ("# end",)


@pytest.mark.parametrize("text", ["", "a: 1", "a: '#'", 'a: "x # y"', "a#b: 1", "a: |\n  # b\n", "a: b#c"])
def test_what_is_no_comment_is_not_taken_for_one(text: str) -> None:
    assert comments_of(text) == ({}, ())


def test_two_comments_beside_one_value_are_both_kept() -> None:
    comments = comments_of("a: [1, # x\n 2] # y\nb: 3")
    told = [line for above, beside in comments.at.values() for line in (*above, beside) if line]
    assert sorted(told) == ["# x", "# y"]


@given(
    st.lists(st.sampled_from(["# c", "k%d: v # b", "k%d:\n  - a # c\n  # d\n  - b", "k%d: |\n  # x\n", ""]), max_size=8)
)
def test_every_comment_of_a_text_is_given_once(pieces: list[str]) -> None:
    text = "\n".join(piece % at if "%d" in piece else piece for at, piece in enumerate(pieces))
    comments = comments_of(text)
    told = [line for above, beside in comments.at.values() for line in (*above, *([beside] if beside else []))]
    wanted = sum(piece.count("#") for piece in pieces if "|" not in piece)
    assert len(told) + len(comments.last) == wanted


def test_many_comments_cost_what_their_number_is() -> None:
    text = "".join(f"# c{n}\nk{n}: v # d{n}\n" for n in range(20_000))
    began = time.perf_counter()
    assert len(comments_of(text).at) == 20_000
    assert time.perf_counter() - began < 10


def test_a_comment_may_stand_behind_the_sign_of_a_block() -> None:
    comments = comments_of("a: |2-  # one\n  # no comment\nb: >\n  x\nc: |# none\n")
    assert comments.at == {("a",): ((), "# one")}
    assert comments_of("a: | # last").at == {("a",): ((), "# last")}
