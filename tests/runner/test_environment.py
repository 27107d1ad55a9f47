"""`wflow.runner.environment`: the names of the environment that a definition's expressions read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wflow.runner.environment import environment_of

ENVIRON = {"HOME": "/h", "USER": "u", "TOKEN": "secret", "OTHER": "o"}


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        ({}, {}),
        ({"outputs": {"x": 'env("HOME")'}}, {"HOME": "/h"}),
        ({"nodes": {"a": {"settings": {"script": "${{ env('USER') }}"}}}}, {"USER": "u"}),
        ({"nodes": {"a": {"settings": {"list": ["env('USER')", "env('HOME')"]}}}}, {"HOME": "/h", "USER": "u"}),
        ({"x": "env('NOT_SET')"}, {}),
        ({"x": "os.getenv('HOME') if ("}, {}),
        ({"x": "env('TOKEN')", "secrets": ["TOKEN"]}, {}),
    ],
)
def test_only_the_names_that_are_read_and_set_and_no_secrets_are_kept(
    definition: dict[str, Any], found: dict[str, str]
) -> None:
    assert environment_of(definition, json.dumps(definition), ENVIRON) == found
