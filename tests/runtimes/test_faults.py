from __future__ import annotations

import sys

import pytest

from wflow.errors import ValueNotJson
from wflow.runtimes.faults import failure_of
from wflow.runtimes.masking import Masker
from wflow.runtimes.script import compile_script, forget


def raised(source: str) -> tuple[BaseException, str]:
    script = compile_script(source, "node")
    try:
        script.execute(script.namespace())
    except BaseException as error:  # noqa: BLE001 - whatever the script raises is the test's subject
        return error, script.filename
    raise AssertionError("nothing was raised")


def test_the_traceback_starts_at_the_scripts_own_lines_and_names_the_address() -> None:
    error, filename = raised("def f():\n    raise ValueError('bad')\n\nf()\n")
    failure = failure_of(error, filename=filename, address="load[3]/node")
    forget(filename)
    assert failure.type == "ValueError"
    assert failure.message == "bad"
    assert failure.exit_code is None
    assert failure.traceback == (
        "Traceback (most recent call last):\n"
        '  File "<load[3]/node>", line 4, in <module>\n'
        "    f()\n"
        '  File "<load[3]/node>", line 2, in f\n'
        "    raise ValueError('bad')\n"
        "ValueError: bad\n"
    )


def test_a_cause_is_told_too() -> None:
    error, filename = raised("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e\n")
    text = failure_of(error, filename=filename, address="n").traceback
    forget(filename)
    assert "ZeroDivisionError: division by zero" in text
    assert "direct cause" in text
    assert "runtimes" not in text


@pytest.mark.parametrize(
    ("code", "exit_code", "message"),
    [(75, 75, "exit code 75"), (259, 3, "exit code 3"), ("stopped", 1, "stopped"), (-1, 255, "exit code 255")],
)  # fmt: skip
def test_an_exit_is_a_failure_with_its_code(code: object, exit_code: int, message: str) -> None:
    failure = failure_of(SystemExit(code))
    assert (failure.type, failure.exit_code, failure.message) == ("ExitCode", exit_code, message)


def test_an_error_of_wflows_own_has_no_traceback() -> None:
    failure = failure_of(ValueNotJson("rows", "is of type set"))
    assert failure == ("ValueNotJson", "`rows` is of type set", "", None)


def test_secrets_are_masked() -> None:
    error, filename = raised("raise RuntimeError('token abc123')")
    failure = failure_of(error, Masker(["abc123"]), filename=filename, address="n")
    forget(filename)
    assert failure.message == "token ***"
    assert "abc123" not in failure.traceback


def test_a_hostile_exception_is_still_a_failure() -> None:
    class Hostile(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    failure = failure_of(Hostile())
    assert failure.type == "Hostile"
    assert "could not be made" in failure.message


def test_a_message_of_any_size_and_with_any_character_can_be_recorded() -> None:
    failure = failure_of(ValueError("\ud800" + "x" * 1_000_000))
    assert failure.message.startswith("\\ud800xxx")
    assert len(failure.message) < 70_000
    failure.traceback.encode()


def test_a_recursion_error_is_told_briefly() -> None:
    error, filename = raised("def f(): f()\nf()")
    failure = failure_of(error, filename=filename, address="n")
    forget(filename)
    assert failure.type == "RecursionError"
    assert len(failure.traceback) < 5_000
    assert sys.getrecursionlimit() > 500
