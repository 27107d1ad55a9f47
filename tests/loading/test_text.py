from __future__ import annotations

from wflow.loading.refusal import Found
from wflow.loading.text import parse, tokens


def test_the_file_name_chooses_the_language() -> None:
    found: list[Found] = []
    assert parse("{a: yes}", "x.yaml", found) == {"a": "yes"}
    assert parse('{"a": "\\ud83d\\ude00"}', "x.json", found) == {"a": "😀"}
    assert not found


def test_tokens_of_both_languages_have_the_same_shape() -> None:
    text = '{"a": [1, "b"]}'
    from_yaml = [(token.kind, token.value, token.line, token.column) for token in tokens(text, "x.yaml")]
    assert from_yaml == [(token.kind, token.value, token.line, token.column) for token in tokens(text, "x.json")]
