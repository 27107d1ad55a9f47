"""`wflow.runner.masking`: secrets in what is written."""

from __future__ import annotations

import json

import pytest

from wflow.runner.masking import MASK, masker


def test_without_secrets_there_is_nothing_to_do() -> None:
    assert masker([]) is None
    assert masker(["", "ab"]) is None


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (["hunter2"], {"output": {"x": "my hunter2!"}}, {"output": {"x": f"my {MASK}!"}}),
        (["hunter2", "hunter22"], {"x": "hunter22"}, {"x": MASK}),
        (['a"b\\c\n'], {"x": 'a"b\\c\n'}, {"x": MASK}),
        (["größe"], {"x": "größe"}, {"x": MASK}),
        (["hunter2"], {"x": ["hunter2", {"y": "hunter2hunter2"}]}, {"x": [MASK, {"y": MASK * 2}]}),
    ],
)
def test_every_secret_is_replaced_longest_first(secrets: list[str], text: object, masked: object) -> None:
    mask = masker(secrets)
    assert mask is not None
    assert json.loads(mask(json.dumps(text))) == masked


def test_a_secret_that_is_a_number_or_a_word_of_the_format_leaves_a_record_whole() -> None:
    mask = masker(["1795", "completed", "output", "true"])
    assert mask is not None
    record = {"event": "node_completed", "at": 1795423512.5, "id": "a#1", "output": {"ok": True, "pin": "1795"}}
    read = json.loads(mask(json.dumps(record)))
    assert (read["event"], read["at"], read["id"]) == ("node_completed", 1795423512.5, "a#1")
    assert read["output"] == {"ok": True, "pin": MASK}
