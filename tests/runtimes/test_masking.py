from __future__ import annotations

import pytest

from wflow.runtimes.masking import Masker, masker_for


def test_secrets_are_masked_in_text_longest_first() -> None:
    masker = Masker(["abc", "abcdef", ""])
    assert masker.text("x abcdef y abc z") == "x *** y *** z"
    assert masker.longest == 6


def test_secrets_are_masked_in_keys_and_values_of_a_tree() -> None:
    assert Masker(["token"]).value({"token-1": ["a token", 1, None, {"x": "tokens"}]}) == {
        "***-1": ["a ***", 1, None, {"x": "***s"}]
    }


def test_values_come_from_the_environment_and_the_nodes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "first-secret\n")
    masker = masker_for(("API_TOKEN", "ABSENT"), {"API_TOKEN": "second-secret"})
    assert masker is not None
    assert masker.text("first-secret, second-secret") == "***, ***"


def test_there_is_no_masker_where_no_secret_has_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_TOKEN", raising=False)
    assert masker_for(("API_TOKEN",)) is None
    monkeypatch.setenv("API_TOKEN", "1")
    assert masker_for(("API_TOKEN",)) is None
