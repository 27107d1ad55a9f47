from __future__ import annotations

import pytest

from wflow.importing.names import control_keys, is_id, safe_id


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("a-b_1", "a-b_1"),
        ("a.b c", "a-b-c"),
        ("1st", "n-1st"),
        ("ä", "node"),
        ("-x-", "x"),
        ("", "node"),
        ("taken", "taken-2"),
    ],
)
def test_a_name_becomes_an_id(name: str, ours: str) -> None:
    assert safe_id(name, {"taken"}) == ours
    assert is_id(ours)


@pytest.mark.parametrize(("name", "ours"), [("file", "file"), ("my-file", "my_file"), ("input", "input_"), ("1", "n1"),
                                            ("not", "not_"), ("taken", "taken_2")])  # fmt: skip
def test_a_name_for_expressions_is_none_of_theirs(name: str, ours: str) -> None:
    assert safe_id(name, {"taken"}, variable=True) == ours


def test_keys_of_control_nodes_are_those_of_the_types_in_the_file_and_not_written_by_scripts() -> None:
    assert control_keys(["foreach"], set()) == {"ItemsProcessed": "items_processed", "TotalItems": "total_items"}
    assert control_keys(["foreach", "noop"], {"TotalItems"}) == {"ItemsProcessed": "items_processed"}
