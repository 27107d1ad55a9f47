from __future__ import annotations

from wflow.runtimes.refused import NotStarted, sentence


def test_an_error_is_told_with_its_cure() -> None:
    assert sentence(NotStarted("no shell", cure="write `sh`")) == "no shell; write `sh`"
    assert sentence(NotStarted("no shell")) == "no shell"
    assert sentence(ValueError("bad")) == "bad"
