"""`wflow.model.record`: what the model's classes share."""

from __future__ import annotations

import pytest

from wflow.model import Edge, Retry


def test_records_are_equal_by_class_and_fields() -> None:
    assert Edge(source="a", target="b") == Edge(source="a", target="b")
    assert Edge(source="a", target="b") != Edge(source="a", target="c")
    assert Edge(source="a", target="b") != ("a", "b")


def test_equal_records_have_one_hash() -> None:
    assert len({Retry(max_attempts=2), Retry(max_attempts=2), Retry()}) == 2


def test_a_record_shows_its_fields() -> None:
    assert repr(Retry(max_attempts=2)).startswith("Retry(max_attempts=2, strategy='exponential'")


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Retry().max_attempts = 5  # type: ignore[misc]
