from __future__ import annotations

from wflow.importing.told import Told


def test_a_loss_is_an_error_a_note_a_warning_and_each_is_said_once() -> None:
    told = Told()
    told.lost(("a",), "gone", cure="do")
    told.lost(("a",), "gone")
    told.note(("a",), "other", code="renamed")
    assert [(one.severity, one.code, one.cure) for one in told.diagnostics] == [
        ("error", "not-carried", "do"),
        ("warning", "renamed", None),
    ]
    assert told.errors == 1
