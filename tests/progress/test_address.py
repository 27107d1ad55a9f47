from __future__ import annotations

import pytest

from wflow.progress.address import is_within, steps, without_keys


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("discover", [("discover", None)]),
        ("deploy/node2/os-update", [("deploy", None), ("node2", None), ("os-update", None)]),
        ("load[17]", [("load", "17")]),
        ("load[17]/insert", [("load", "17"), ("insert", None)]),
        ("a/load[17]/b[x]/c", [("a", None), ("load", "17"), ("b", "x"), ("c", None)]),
        ("load[a/b]/insert", [("load", "a/b"), ("insert", None)]),
        ("load[a[1]/insert", [("load", "a[1"), ("insert", None)]),
        ("load[x]]/insert", [("load", "x]"), ("insert", None)]),
        ("load[x]]", [("load", "x]")]),
        ("load[]/insert", [("load", ""), ("insert", None)]),
        ("load[17", [("load", "17")]),
        ("", []),
    ],
)
def test_an_address_is_the_way_from_the_root(address: str, way: list[tuple[str, str | None]]) -> None:
    assert steps(address) == way


def test_without_keys_an_address_is_a_place_in_the_definition() -> None:
    assert without_keys("a/load[17]/insert") == "a/load/insert"
    assert without_keys("a/b") == "a/b"


@pytest.mark.parametrize(
    ("address", "outer", "inside"),
    [
        ("a", "a", True),
        ("a/b", "a", True),
        ("a[1]/b", "a", True),
        ("a[1]/b", "a[1]", True),
        ("ab", "a", False),
        ("a", "a/b", False),
        ("a-b/c", "a", False),
    ],
)
def test_an_address_is_within_what_its_way_leads_through(address: str, outer: str, *, inside: bool) -> None:
    assert is_within(address, outer) is inside
