"""Our side of PowerShell nodes, with a stand-in that is no PowerShell; the real one is in ``contract/``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.powershell import MARK, WRAPPER, PowerShellRuntime
from wflow.runtimes.work import Outcome, Work

MakeWork = Callable[..., Work]
Run = Callable[..., Outcome]


@pytest.fixture
def powershell(pwsh_stand_in: Path) -> Iterator[PowerShellRuntime]:
    runtime = PowerShellRuntime()
    yield runtime
    runtime.close()


@pytest.fixture
def run(powershell: PowerShellRuntime, make_work: MakeWork) -> Run:
    return lambda settings, **given: powershell.run(make_work(settings, **given))


def test_values_come_in_and_go_out_whole(run: Run) -> None:
    values = {"deep": [[1, [2, {"a": None}]]], "ü": "🙂\n", "big": 2**70, "yes": True}
    script = "output['same'] = input; output['from'] = inputs['a']['x']; output['p'] = params['p']"
    outcome = run({"script": script}, input=values, inputs={"a": {"x": 1.5}}, params={"p": [True]})
    assert outcome == Outcome("completed", {"same": values, "from": 1.5, "p": [True]})


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("2024-01-01T00:00:00Z", True),
        ("2024-01-01T00:00:00", True),
        ("/Date(1198908717056)/", True),
        (f"{MARK}x", True),
        ("2024-01-01", False),
        ("wflow", False),
        ("", False),
    ],
)
def test_a_text_that_powershell_would_take_for_a_date_is_marked(run: Run, text: str, marked: bool) -> None:
    outcome = run({"script": "output['t'] = input['t']; output['m'] = job['marked']"}, input={"t": [text, {"k": text}]})
    assert outcome.output == {"t": [text, {"k": text}], "m": marked}


def test_writes_to_variables_are_operations_in_their_order(run: Run) -> None:
    script = "variables['a'] = [1]; variables.add('n', 2)"
    assert run({"script": script}, variables={"a": None, "n": 1}).operations == (("set", "a", [1]), ("add", "n", 2))


def test_an_error_that_nothing_caught_is_a_failure_with_its_stack(run: Run) -> None:
    failure = run({"script": "x = 1\nraise ValueError('no such customer')"}).failure
    assert failure is not None
    assert (failure.type, failure.message, failure.exit_code) == ("ValueError", "no such customer", None)
    assert failure.traceback == ("<node>:2: raise ValueError('no such customer')\n    at <ScriptBlock>, <node>: line 2")


def test_the_stack_of_a_script_file_names_the_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "flow" / "step.ps1").write_text("raise KeyError('k')")
    failure = run({"file": "step.ps1"}).failure
    assert failure is not None
    assert failure.traceback.splitlines()[0] == f"{tmp_path}/flow/step.ps1:1: raise KeyError('k')"


def told(file: str, line: int, stack: list[str]) -> str:
    """A script, in the stand-in's language, that leaves such an error where it was called, and ends well."""
    error = {"type": "KeyNotFoundException", "message": "m", "file": file, "line": line, "stack": "\n".join(stack)}
    return f"import json, os\nopen(env['WFLOW_WORK'] + '/error.json', 'w').write(json.dumps({error}))\nos._exit(0)"


def test_an_error_within_the_wrapper_is_one_of_the_line_that_called_it(run: Run, tmp_path: Path) -> None:
    part = tmp_path / "flow" / "part.ps1"
    part.write_text("\nSet-Output k { 1 }\n")
    stack = [f"at Set-Output, {WRAPPER}: line 3", f"at f, x, {part}: line 2", f"at <ScriptBlock>, {WRAPPER}: line 5"]
    failure = run({"script": told(str(WRAPPER), 3, stack)}).failure
    assert failure is not None
    assert failure.type == "KeyNotFoundException"
    assert failure.traceback == f"{part}:2: Set-Output k {{ 1 }}\n    at f, x, {part}: line 2"


def test_an_error_that_no_line_of_a_script_made_has_no_place(run: Run) -> None:
    failure = run({"script": told(str(WRAPPER), 3, ["at <ScriptBlock>, <No file>: line 1"])}).failure
    assert failure is not None
    assert failure.traceback == "    at <ScriptBlock>, <No file>: line 1"


def test_an_error_at_a_line_that_is_not_there_has_no_text(run: Run, tmp_path: Path) -> None:
    failure = run({"script": told(f"{tmp_path}/gone.ps1", 7, [])}).failure
    assert failure is not None
    assert failure.traceback == f"{tmp_path}/gone.ps1:7"


def test_an_exit_code_is_one_as_of_any_process_and_what_went_before_does_not_count(run: Run) -> None:
    outcome = run({"script": "import sys; output['a'] = 1; print('no room', file=sys.stderr); sys.exit(75)"})
    assert outcome.output == {}
    assert outcome.failure is not None
    assert (outcome.failure.type, outcome.failure.message, outcome.failure.exit_code) == (
        "ExitCode", "exit code 75: no room", 75,
    )  # fmt: skip


def test_an_error_file_that_cannot_be_understood_leaves_the_exit_code(run: Run) -> None:
    script = "import os, sys; open(env['WFLOW_WORK'] + '/error.json', 'w').write('{\"type\": 1}'); sys.exit(3)"
    failure = run({"script": script}).failure
    assert failure is not None
    assert (failure.type, failure.exit_code) == ("ExitCode", 3)


def test_an_exit_with_zero_keeps_what_was_written(run: Run) -> None:
    assert run({"script": "output['a'] = 1; import os; os._exit(0)"}) == Outcome("completed", {"a": 1})


def test_modules_are_named_or_found_by_their_path_from_the_workflow(run: Run, tmp_path: Path) -> None:
    settings = {
        "script": "output['m'] = job['modules']; output['p'] = job['module_paths']",
        "modules": ["Pester", "lib/Tools.psm1"],
        "module_paths": ["modules", "/opt/modules"],
    }
    home = tmp_path / "flow"
    assert run(settings).output == {
        "m": ["Pester", f"{home}/lib/Tools.psm1"],
        "p": [f"{home}/modules", "/opt/modules"],
    }


def test_the_script_runs_beside_the_workflow_and_sees_its_run(run: Run, tmp_path: Path) -> None:
    script = "import os; output['at'] = os.getcwd(); output['quiet'] = env['POWERSHELL_UPDATECHECK']; print(run_id)"
    assert run({"script": script}, env={"POWERSHELL_UPDATECHECK": "LTS"}).output == {
        "at": f"{tmp_path}/flow",
        "quiet": "LTS",
    }


def test_its_terminal_has_no_colours_unless_the_node_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert run({"script": "output['t'] = env['TERM']"}).output == {"t": "dumb"}
    assert run({"script": "output['t'] = env['TERM']"}, env={"TERM": "xterm"}).output == {"t": "xterm"}


def test_a_script_file_that_is_not_there_is_said(run: Run) -> None:
    failure = run({"file": "nowhere.ps1"}).failure
    assert failure is not None
    assert failure.message == ("there is no script `nowhere.ps1`; paths are read from the folder of the workflow file")


def test_without_powershell_the_failure_says_what_was_sought(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFLOW_PWSH", "/nowhere/pwsh")
    failure = run({"script": "x"}).failure
    assert failure is not None
    assert failure.type == "NotStarted"
    assert failure.message.startswith("WFLOW_PWSH names `/nowhere/pwsh`, which is no program that can be run; install")


def test_a_stop_ends_it(powershell: PowerShellRuntime, make_work: MakeWork) -> None:
    work = make_work({"script": "import time\nprogress(1)\ntime.sleep(60)"}, stop_grace=0.2)
    work.progress = lambda percent, message: work.stop.ask("cancel")
    assert powershell.run(work) == Outcome("cancelled")


def test_an_abandoned_one_is_killed(powershell: PowerShellRuntime, make_work: MakeWork) -> None:
    script = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprogress(1)\ntime.sleep(60)"
    work = make_work({"script": script}, stop_grace=60)
    started = threading.Event()
    work.progress = lambda percent, message: started.set()

    def stop() -> None:
        started.wait(20)
        work.stop.ask("cancel")
        powershell.abandon(work)

    stopper = threading.Thread(target=stop)
    stopper.start()
    assert powershell.run(work) == Outcome("cancelled")
    stopper.join()


def test_secrets_are_masked_in_what_comes_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "abc-secret")
    secrets = ("API_TOKEN",)
    assert run({"script": "output['t'] = env['API_TOKEN']"}, secrets=secrets).output == {"t": "***"}
    failure = run({"script": "raise ValueError(env['API_TOKEN'])"}, secrets=secrets).failure
    assert failure is not None
    assert failure.message == "***"


def test_the_wrapper_is_there_and_says_the_names_that_the_runtime_counts_on() -> None:
    text = WRAPPER.read_text(encoding="utf-8")
    told: list[Any] = ["job.json", "error.json", "WFLOW_OUTPUT", "WFLOW_VARIABLES", "WFLOW_PROGRESS", MARK]
    assert [name for name in told if name not in text] == []
