"""`wflow.runtimes.csharp_answer`: outcomes from what a host answers, and from how one broke."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.csharp_answer import died, outcome_of
from wflow.runtimes.masking import Masker
from wflow.runtimes.process import Ended
from wflow.runtimes.work import Failure, Work

MakeWork = Callable[..., Work]


def done(**parts: Any) -> dict[str, Any]:
    return {"done": {"output": {}, "operations": [], **parts}}


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        (done(), {}),
        (done(output={"a": 1}), {"a": 1}),
        (done(output={"a": 1}, returned={"a": 2, "b": 3}), {"a": 2, "b": 3}),
        (done(output={"a": 1}, returned=[1]), {"a": 1, "result": [1]}),
        (done(returned=False), {"result": False}),
    ],
)
def test_what_was_returned_joins_the_output(make_work: MakeWork, answer: dict[str, Any], output: Any) -> None:
    assert outcome_of(make_work({}), answer, None).output == output


def test_operations_are_checked_against_the_variables(make_work: MakeWork) -> None:
    work = make_work({}, variables={"n": 1})
    outcome = outcome_of(work, done(operations=[["add", "n", 2], ["set", "n", 0]]), None)
    assert outcome.operations == (("add", "n", 2), ("set", "n", 0))
    assert outcome_of(work, done(operations=[["set", "m", 2]]), None).status == "failed"


def test_a_value_that_no_journal_takes_is_a_failure(make_work: MakeWork) -> None:
    outcome = outcome_of(make_work({}), done(output={"n": 2**5000}), None)
    assert outcome.failure == Failure("ValueNotJson", "`n` is an integer of more than 4096 bits")


def test_a_failure_is_told_as_it_is(make_work: MakeWork) -> None:
    failed = {"type": "IOException", "message": "disk", "stack": "System.IO.IOException: disk\n"}
    outcome = outcome_of(make_work({}), {"failed": failed}, None)
    assert outcome.failure == Failure("IOException", "disk", "System.IO.IOException: disk\n")


def test_a_message_without_end_is_cut(make_work: MakeWork) -> None:
    failed = {"type": "E", "message": "x" * 1_000_000, "stack": "y" * 1_000_000}
    failure = outcome_of(make_work({}), {"failed": failed}, None).failure
    assert failure is not None
    assert len(failure.message) < 70_000
    assert len(failure.traceback) < 70_000


def test_secrets_are_masked_everywhere(make_work: MakeWork) -> None:
    masker = Masker(["hunter2"])
    work = make_work({}, variables={"v": ""})
    answer = done(output={"a": "hunter2"}, returned={"b": ["hunter2"]}, operations=[["set", "v", "hunter2"]])
    outcome = outcome_of(work, answer, masker)
    assert (outcome.output, outcome.operations) == ({"a": "***", "b": ["***"]}, (("set", "v", "***"),))
    failed = {"type": "E", "message": "hunter2", "stack": "at hunter2"}
    assert outcome_of(work, {"failed": failed}, masker).failure == Failure("E", "***", "at ***")
    told = died(work, Ended(-6, 0, 0), "Unhandled exception. System.Exception: hunter2", masker)
    assert (told.type, told.message) == ("Exception", "***")
    assert Path(work.log + ".err").read_text() == "Unhandled exception. System.Exception: ***\n"


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (0, "", ("ExitCode", "the script ended its process by itself", 0)),
        (75, "", ("ExitCode", "exit code 75", 75)),
        (-9, "", ("ExitCode", "killed by signal 9 (SIGKILL)", 137)),
        (-6, "Stack overflow.\n   at F()", ("StackOverflowException", "the script called itself until …", 134)),
        (-6, "Unhandled exception. System.ArgumentException: bad\n   at", ("ArgumentException", "bad", 134)),
        (-6, "Unhandled exception. My.Own`1: bad", ("Own", "bad", 134)),
        (-6, "Unhandled exception. System.Exception", ("Exception", "Exception", 134)),
        (-6, "Process terminated. enough", ("FailFast", "enough", 134)),
        (-6, "Process terminated.\nAssertion failed.", ("FailFast", "Assertion failed.", 134)),
        (
            -6,
            "Fatal error. System.AccessViolationException: Attempted to read\n   at",
            ("AccessViolationException", "Attempted to read", 134),
        ),
        (-6, "something else", ("ExitCode", "killed by signal 6 (SIGABRT): something else", 134)),
    ],
)
def test_how_a_host_broke_is_told_by_its_last_words(
    make_work: MakeWork, code: int, words: str, told: tuple[str, str, int]
) -> None:
    work = make_work({})
    failure = died(work, Ended(code, 0, 0), words, None)
    assert (failure.type, failure.exit_code) == (told[0], told[2])
    assert failure.message.startswith(told[1].removesuffix("…"))
    assert Path(work.log + ".err").exists() == bool(words)
