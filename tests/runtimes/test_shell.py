from __future__ import annotations

import json
import os
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.shell import STDOUT_TAIL, ShellRuntime
from wflow.runtimes.work import Outcome, Work

MakeWork = Callable[..., Work]
Run = Callable[..., Outcome]


@pytest.fixture
def run(shell: ShellRuntime, make_work: MakeWork) -> Run:
    return lambda settings, **given: shell.run(make_work(settings, **given))


@pytest.mark.parametrize(
    ("settings", "output"),
    [
        ({"script": "true"}, {"stdout": "", "exit_code": 0}),
        ({"script": "echo a; false; echo b"}, {"stdout": "a\nb\n", "exit_code": 0}),
        ({"command": ["printf", "%s|", "a  b", 1, True, [1]]}, {"stdout": "a  b|1|true|[1]|", "exit_code": 0}),
        ({"script": "echo \"$0\" | sed 's:.*/::'"}, {"stdout": "script\n", "exit_code": 0}),
        ({"script": "[[ a == a ]] && echo yes", "shell": "bash"}, {"stdout": "yes\n", "exit_code": 0}),
        ({"script": "printf 'a\\nb\\n\\n'", "parse": "lines"},
         {"stdout": "a\nb\n\n", "exit_code": 0, "lines": ["a", "b", ""]}),
        ({"script": "true", "parse": "lines"}, {"stdout": "", "exit_code": 0, "lines": []}),
        ({"script": "printf 'a\\r\\nb'", "parse": "lines"}, {"stdout": "a\r\nb", "exit_code": 0, "lines": ["a", "b"]}),
        ({"script": "echo '{\"a\": 1}'", "parse": "json"}, {"stdout": '{"a": 1}\n', "exit_code": 0, "a": 1}),
        ({"script": "echo '[1, null]'", "parse": "json"},
         {"stdout": "[1, null]\n", "exit_code": 0, "result": [1, None]}),
        ({"script": "echo k=v >> \"$WFLOW_OUTPUT\"; echo '{\"n\": 1}' >> \"$WFLOW_OUTPUT\""},
         {"stdout": "", "exit_code": 0, "k": "v", "n": 1}),
    ],
)  # fmt: skip
def test_a_script_completes_with_its_output(run: Run, settings: dict[str, Any], output: dict[str, Any]) -> None:
    assert run(settings) == Outcome("completed", output)


@pytest.mark.parametrize(
    ("settings", "type", "message", "exit_code"),
    [
        ({"script": "echo one >&2; echo ' two ' >&2; echo >&2; exit 75"}, "ExitCode", "exit code 75: two", 75),
        ({"script": "exit 1"}, "ExitCode", "exit code 1", 1),
        ({"script": "set -e; false; echo not here"}, "ExitCode", "exit code 1", 1),
        ({"script": "false; true", "shell": "bash -e"}, "ExitCode", "exit code 1", 1),
        ({"script": "kill -9 $$"}, "ExitCode", "killed by signal 9 (SIGKILL)", 137),
        ({"script": "kill -40 $$"}, "ExitCode", "killed by signal 40 (a real-time signal)", 168),
        ({"command": ["wflow-no", "x"]}, "NotStarted", "the command `wflow-no` was not found on the PATH", None),
        ({"script": "true", "shell": "wflow-no"}, "NotStarted", "the command `wflow-no` was not found on the PATH",
         None),
        ({"script": "true", "shell": "'"}, "NotStarted", "`shell: '` names no shell; write `sh`, `bash`, or ", None),
        ({"script": "true", "cwd": "absent"}, "NotStarted", "the folder", None),
        ({"script": "echo foo > $WFLOW_OUTPUT"}, "HandedBackWrong", "line 1 of $WFLOW_OUTPUT is neither", None),
        ({"script": "echo '{\"add\": {\"x\": 1}}' > $WFLOW_VARIABLES"}, "HandedBackWrong",
         "line 1 of $WFLOW_VARIABLES: the workflow declares no variable `x`", None),
        ({"script": "echo '{'", "parse": "json"}, "HandedBackWrong", "what the script printed is no JSON: ", None),
        ({"script": "echo '{\"a\": NaN}'", "parse": "json"}, "ValueNotJson", "`a` is nan", None),
    ],
)  # fmt: skip
def test_a_script_fails_with_one_sentence(
    run: Run, settings: dict[str, Any], type: str, message: str, exit_code: int | None
) -> None:
    outcome = run(settings)
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert (outcome.failure.type, outcome.failure.exit_code) == (type, exit_code)
    assert outcome.failure.message.startswith(message)
    assert outcome.operations == ()


def test_what_a_script_sees(run: Run) -> None:
    script = (
        'printf "%s\\n" "$WFLOW_INPUT_A" "$WFLOW_VAR_V" "$WFLOW_PARAM_P" "$WFLOW_RUN_ID" "$WFLOW_ATTEMPT" "$MINE" '
        '"$WFLOW_NODE" "$WFLOW_IDEMPOTENCY_KEY"; cat "$WFLOW_INPUT"; ls -ld "$WFLOW_WORK" | cut -c1-10; cat'
    )
    outcome = run(
        {"script": script}, input={"a": "x\ny"}, variables={"v": {"k": 1}}, params={"p": 7}, env={"MINE": "m"}
    )
    assert outcome.output["stdout"] == (
        f'x\ny\n{{"k": 1}}\n7\nrun-{os.getpid()}\n1\nm\nnode\nkey-1\n{{"a": "x\\ny"}}drwx------\n'
    )


def test_writes_to_variables_come_back_as_operations(run: Run) -> None:
    outcome = run({"script": 'echo \'{"add": {"n": 2}}\' >> $WFLOW_VARIABLES'}, variables={"n": 1})
    assert outcome.operations == (("add", "n", 2),)


def test_it_runs_beside_the_workflow_or_where_cwd_says(run: Run, tmp_path: Path) -> None:
    (tmp_path / "flow" / "sub").mkdir()
    assert run({"script": "pwd"}).output["stdout"] == f"{tmp_path}/flow\n"
    assert run({"script": "pwd", "cwd": "sub"}).output["stdout"] == f"{tmp_path}/flow/sub\n"
    assert run({"script": "pwd", "cwd": "/"}).output["stdout"] == "/\n"


def test_values_that_the_environment_cannot_hold_are_in_files(run: Run) -> None:
    large = "x" * 40_000
    script = 'echo "${WFLOW_INPUT_BIG-none}" "${WFLOW_PARAM_BIG-none}"; cat "$WFLOW_INPUT" "$WFLOW_PARAMS" "$WFLOW_VARS" >&2; echo "$WFLOW_PARAM_P"'  # noqa: E501
    values = {"big": large, "nul": "a\0b", "p": 1}
    outcome = run({"script": script}, input=values, params=values, variables=values)
    assert outcome.output["stdout"] == "none none\n1\n"
    assert outcome.warnings == ()


def test_the_input_file_has_every_value(shell: ShellRuntime, make_work: MakeWork) -> None:
    values = {"ü": ["🙂", None], "a-b": 1, "a_b": 2, "nul": "a\0b", "large": "x" * 100_000}
    work = make_work({"script": 'cat "$WFLOW_INPUT"'}, input=values)
    outcome = shell.run(work)
    assert json.loads(Path(work.log + ".out").read_text()) == values
    assert outcome.warnings == ("`a-b` and `a_b` in `input` both become $WFLOW_INPUT_A_B; the first has it",)


def test_an_input_of_any_size_starts(run: Run) -> None:
    outcome = run({"script": 'wc -c < "$WFLOW_INPUT"'}, input={f"k{n}": "x" * 30_000 for n in range(300)})
    assert outcome.status == "completed"
    assert int(outcome.output["stdout"]) > 9_000_000
    assert any("the environment has no room for it" in warning for warning in outcome.warnings)


def test_stdout_is_the_end_of_what_was_printed_and_memory_does_not_grow_with_it(
    shell: ShellRuntime, make_work: MakeWork
) -> None:
    work = make_work({"script": "head -c 200000000 /dev/zero | tr '\\0' x; echo end"})
    tracemalloc.start()
    outcome = shell.run(work)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(outcome.output["stdout"]) == STDOUT_TAIL
    assert outcome.output["stdout"].endswith("xend\n")
    assert Path(work.log + ".out").stat().st_size == 200_000_004
    assert peak < 2_000_000


def test_what_is_too_much_to_parse_is_a_failure(run: Run) -> None:
    outcome = run({"script": "head -c 17000000 /dev/zero", "parse": "lines"})
    assert outcome.failure is not None
    assert outcome.failure.message == "the script printed more than 16 MiB, too much for `parse: lines`"


def test_bytes_that_are_no_text_are_replaced(run: Run) -> None:
    assert run({"script": "printf 'a\\377b'"}).output["stdout"] == "a\ufffdb"


def test_progress_comes_while_the_script_runs(shell: ShellRuntime, make_work: MakeWork) -> None:
    reported: list[tuple[float, str]] = []
    when: list[float] = []

    def progress(percent: float, message: str) -> None:
        reported.append((percent, message))
        when.append(time.monotonic())

    script = "echo 50 half way >> $WFLOW_PROGRESS; sleep 0.8; echo 90 >> $WFLOW_PROGRESS"
    work = make_work({"script": script}, progress=progress)
    assert shell.run(work).status == "completed"
    assert reported == [(50.0, "half way"), (90.0, "")]
    assert when[1] - when[0] > 0.2


@pytest.mark.parametrize(
    "script", ["sleep 60", "trap 'exit 0' TERM; sleep 60 & wait", "trap '' TERM; sleep 60; sleep 60"]
)
def test_a_stopped_script_is_cancelled_whatever_it_exits_with(
    shell: ShellRuntime, make_work: MakeWork, script: str
) -> None:
    work = make_work({"script": script}, stop_grace=0.2)
    timer = threading.Timer(0.15, work.stop.ask, ("timeout",))
    timer.start()
    assert shell.run(work) == Outcome("cancelled")
    timer.join()


def test_a_script_asked_to_stop_before_it_began_does_not_run(
    run: Run, make_work: MakeWork, shell: ShellRuntime
) -> None:
    work = make_work({"script": "touch ran"})
    work.stop.ask("cancel")
    assert shell.run(work) == Outcome("cancelled")
    assert list(work.run.home.iterdir()) == []
    assert not Path(work.scratch).exists()


def test_no_file_but_logs_is_left(run: Run, tmp_path: Path) -> None:
    run({"script": "mkdir -p $WFLOW_WORK/a/b; touch $WFLOW_WORK/a/b/c; chmod 0 $WFLOW_WORK/a; echo x"})
    run({"script": "true"})
    left = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_dir()]
    assert left == ["logs/1.out"]
    assert list((tmp_path / "work").iterdir()) == []


def test_secrets_are_masked_in_what_comes_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "abc-secret")
    script = (
        'echo "$API_TOKEN"; echo "t=$API_TOKEN" >> $WFLOW_OUTPUT;'
        'echo "{\\"set\\": {\\"v\\": \\"$API_TOKEN\\"}}" >> $WFLOW_VARIABLES'
    )
    outcome = run({"script": script}, secrets=("API_TOKEN",), variables={"v": 0})
    assert outcome.output == {"stdout": "***\n", "exit_code": 0, "t": "***"}
    assert outcome.operations == (("set", "v", "***"),)
    failure = run({"script": 'echo "no $API_TOKEN" >&2; exit 2'}, secrets=("API_TOKEN",)).failure
    assert failure is not None
    assert failure.message == "exit code 2: no ***"


def test_a_log_that_cannot_be_written_is_a_failure(shell: ShellRuntime, make_work: MakeWork, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    failure = shell.run(make_work({"script": "true"}, log=str(tmp_path / "file" / "log"))).failure
    assert failure is not None
    assert failure.message.startswith("the script could not be run: ")
