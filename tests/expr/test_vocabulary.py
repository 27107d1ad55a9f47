from dataclasses import FrozenInstanceError

import pytest

from wflow.expr.vocabulary import Finding, Vocabulary


def test_a_vocabulary_knows_its_roots_and_need_not_know_more() -> None:
    vocabulary = Vocabulary(roots=frozenset({"input"}))
    assert (vocabulary.variables, vocabulary.params, vocabulary.nodes, vocabulary.ancestors) == (
        None,
        None,
        frozenset(),
        None,
    )
    with pytest.raises(FrozenInstanceError):
        vocabulary.roots = frozenset()  # type: ignore[misc]


def test_a_finding_is_code_message_place_and_cure() -> None:
    assert Finding("unknown-name", "there is no x", 3, None)._fields == ("code", "message", "offset", "cure")
