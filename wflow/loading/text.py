"""Text to values and to tokens, as YAML or as JSON by what the file's name says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wflow.loading.jsontext import json_tokens, parse_json
from wflow.loading.positions import Token, yaml_tokens
from wflow.loading.refusal import Found
from wflow.loading.source import is_json
from wflow.loading.yamltext import parse_yaml

__all__ = ["parse", "tokens"]


def parse(text: str, name: str, found: list[Found]) -> Any:
    """The value in ``text``. What is wrong but leaves a value goes to ``found``; Refused for what cannot be read."""
    return parse_json(text, found) if is_json(name) else parse_yaml(text, found)


def tokens(text: str, name: str) -> Iterator[Token]:
    """The tokens of a text that `parse` has read, to find positions with."""
    return json_tokens(text) if is_json(name) else yaml_tokens(text)
