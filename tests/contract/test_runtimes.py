"""What every runtime promises, held for Python in a thread, Python in a process, shell, C#, and PowerShell's stand-in.

The stand-in is no PowerShell: it runs the Python scripts, and so holds what `wflow.runtimes.powershell` does around.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.leftovers import marked, processes, traces_of
from wflow.runtimes.registry import runtime_for
from wflow.runtimes.work import Outcome, RunFacts, Runtime, Stop, Work


class Kind:
    """A runtime with the words to say one thing in its language."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.type = {"shell": "shell", "csharp": "csharp", "pwsh stand-in": "powershell"}.get(name, "python")
        self.runtime: Runtime = runtime_for(self.type)
        self.cache: Path | None = None

    def settings(self, python: str, shell: str, csharp: str) -> dict[str, Any]:
        script = {"shell": shell, "csharp": csharp}.get(self.type, python)
        return {"script": script, "isolation": "process"} if self.name == "process" else {"script": script}


@pytest.fixture(params=["thread", "process", "shell", "csharp", "pwsh stand-in"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    cache = request.getfixturevalue("csharp_cache") if request.param == "csharp" else None
    if request.param == "pwsh stand-in":
        request.getfixturevalue("pwsh_stand_in")
    made = Kind(request.param)
    made.cache = cache
    yield made
    made.runtime.close()


class Bench:
    """Makes attempts in a folder of their own and runs them."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.home = folder / "flow"
        self.home.mkdir()
        self.reported: list[tuple[float, str]] = []
        self.stop = Stop()
        self.grace = 0.5

    def work(self, python: str, shell: str, csharp: str, **given: Any) -> Work:
        facts = RunFacts(f"contract-{os.getpid()}", "flow", self.home, self.folder, ("SECRET_OF_TEST",), self.grace)
        values: dict[str, Any] = {
            "run": facts._replace(cache=self.kind.cache),
            "activation": "node[a/b]#1",
            "address": "node[a/b]",
            "attempt": 1,
            "type": self.kind.type,
            "settings": self.kind.settings(python, shell, csharp),
            "input": {},
            "inputs": {},
            "variables": {"n": 1, "rows": []},
            "params": {},
            "env": {},
            "idempotency_key": "key",
            "log": str(self.folder / "logs" / "node[a" / "b]#1.1"),
            "scratch": str(self.folder / "scratch" / "1"),
            "stop": self.stop,
            "progress": lambda percent, message: self.reported.append((percent, message)),
        }
        return Work(**{**values, **given})

    def run(self, python: str, shell: str, csharp: str, **given: Any) -> Outcome:
        work = self.work(python, shell, csharp, **given)
        outcome = self.kind.runtime.run(work)
        assert survivors(work) == []
        assert not Path(work.scratch).exists()
        return outcome

    def logged(self, suffix: str) -> str:
        path = self.folder / "logs" / "node[a" / f"b]#1.1{suffix}"
        return path.read_text() if path.exists() else ""


def survivors(work: Work) -> list[int]:
    traces = traces_of(work.scratch, work.log)
    return [one.pid for one in processes() if marked(one.pid, traces)]


@pytest.fixture
def bench(kind: Kind, tmp_path: Path) -> Bench:
    return Bench(kind, tmp_path)


def test_it_completes_with_its_output_and_leaves_only_logs(bench: Bench) -> None:
    outcome = bench.run(
        "print('hi')\noutput['a'] = 'b'",
        "echo hi; echo a=b >> $WFLOW_OUTPUT",
        'Console.WriteLine("hi"); SetOutput("a", "b");',
    )
    assert outcome.status == "completed"
    assert outcome.output["a"] == "b"
    assert outcome.failure is None
    files = [path for path in bench.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["b]#1.1.out"]
    assert bench.logged(".out") == "hi\n"


def test_silence_leaves_no_file(bench: Bench) -> None:
    assert bench.run("pass", "true", "").status == "completed"
    assert [path for path in bench.folder.rglob("*") if path.is_file()] == []


def test_it_fails_with_a_type_a_message_and_no_output(bench: Bench) -> None:
    outcome = bench.run(
        "output['a'] = 1\nvariables.add('n', 1)\nimport sys\nprint('bad', file=sys.stderr)\nsys.exit(75)",
        "echo a=1 >> $WFLOW_OUTPUT; echo bad >&2; exit 75",
        'SetOutput("a", 1); AddGlobal("n"); Console.Error.WriteLine("bad"); Environment.Exit(75);',
    )
    assert outcome.status == "failed"
    assert (outcome.output, outcome.operations) == ({}, ())
    assert outcome.failure is not None
    assert (outcome.failure.type, outcome.failure.exit_code) == ("ExitCode", 75)
    assert outcome.failure.message.startswith("exit code 75")
    assert bench.logged(".err") == "bad\n"


def test_writes_to_variables_are_operations(bench: Bench) -> None:
    outcome = bench.run(
        "variables.add('n', 2)\nvariables.append('rows', {'a': 1})",
        'echo \'{"add": {"n": 2}}\' >> $WFLOW_VARIABLES; echo \'{"append": {"rows": {"a": 1}}}\' >> $WFLOW_VARIABLES',
        'AddGlobal("n", 2); SetGlobal("rows", new[] { new { a = 1 } });',
    )
    written = ("set", "rows", [{"a": 1}]) if bench.kind.type == "csharp" else ("append", "rows", {"a": 1})
    assert outcome.operations == (("add", "n", 2), written)


def test_a_write_to_an_undeclared_variable_is_a_failure_that_names_the_nearest(bench: Bench) -> None:
    outcome = bench.run(
        "variables.append('row', 1)",
        'echo \'{"append": {"row": 1}}\' >> $WFLOW_VARIABLES',
        'SetGlobal("row", 1);',
    )
    assert outcome.failure is not None
    assert "declares no variable `row`; did you mean `rows`?" in outcome.failure.message


def test_an_output_that_is_no_json_value_is_a_failure_that_names_its_key(bench: Bench) -> None:
    outcome = bench.run(
        "output['a'] = {'b': [float('nan')]}",
        'echo \'{"a": {"b": [NaN]}}\' >> $WFLOW_OUTPUT',
        'SetOutput("a", new { b = new[] { double.NaN } });',
    )
    assert outcome.failure is not None
    assert (outcome.failure.type, outcome.failure.message) == (
        "ValueNotJson",
        f"`a.b[0]` is {'NaN' if bench.kind.type == 'csharp' else 'nan'}, which JSON does not have",
    )


def test_progress_is_reported(bench: Bench) -> None:
    bench.run("progress(50, 'half way')", "echo 50 half way >> $WFLOW_PROGRESS", 'ReportProgress(50, "half way");')
    assert bench.reported == [(50.0, "half way")]


@pytest.mark.parametrize("value", ["", "a b", "äöü🙂\u202e", "a\nb\tc\r", "a\0b", "x" * 100_000, "$(touch x) `y` \"'"])
def test_any_text_comes_in_and_goes_out_as_it_is(bench: Bench, value: str) -> None:
    outcome = bench.run(
        "output['k'] = input['k']",
        'cat "$WFLOW_INPUT" >> "$WFLOW_OUTPUT"; echo >> "$WFLOW_OUTPUT"',
        'SetOutput("k", GetInput("k"));',
        input={"k": value},
    )
    assert outcome.failure is None
    assert outcome.output["k"] == value
    assert not (bench.home / "x").exists()


def test_it_runs_beside_the_workflow_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads share the folder of the process, which is the run's to set.
    monkeypatch.chdir(bench.home)
    bench.run("open('made', 'w').close()", "touch made", 'File.WriteAllText("made", "");')
    assert (bench.home / "made").exists()


def test_secrets_come_back_masked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "abc-secret")
    outcome = bench.run(
        "output['a'] = env['SECRET_OF_TEST'] + '!'",
        'echo "a=$SECRET_OF_TEST!" >> $WFLOW_OUTPUT',
        'SetOutput("a", Environment.GetEnvironmentVariable("SECRET_OF_TEST") + "!");',
    )
    assert outcome.output["a"] == "***!"


def test_a_stop_before_the_start_means_that_nothing_runs(bench: Bench) -> None:
    bench.stop.ask("cancel")
    ran = bench.home / "ran"
    scripts = (f"open({str(ran)!r}, 'w')", f"touch {ran}", 'File.WriteAllText("ran", "");')
    assert bench.run(*scripts) == Outcome("cancelled")
    assert list(bench.home.iterdir()) == []


@pytest.mark.parametrize("reason", ["cancel", "timeout", "shutdown"])
def test_a_stop_while_it_runs_cancels_it(bench: Bench, reason: str) -> None:
    started = bench.home / "started"
    asked: list[float] = []
    stopper = threading.Thread(target=lambda: asked.append(ask_when(started, bench.stop, reason)))
    stopper.start()
    outcome = bench.run(
        f"import time\nopen({str(started)!r}, 'w').close()\nwhile True:\n    time.sleep(0.01)",
        f"touch {started}; sleep 60",
        'File.WriteAllText("started", ""); Thread.Sleep(60_000);',
    )
    stopper.join()
    assert outcome == Outcome("cancelled")
    assert time.monotonic() - asked[0] < 5


def test_an_abandoned_attempt_ends_before_its_grace(bench: Bench) -> None:
    bench.grace = 60
    started = bench.home / "started"
    work = bench.work(
        f"import time\nopen({str(started)!r}, 'w').close()\nwhile True:\n    cancelled()\n    time.sleep(0.01)",
        f"trap '' TERM; touch {started}; sleep 60; sleep 60",
        'var token = CancellationToken; File.WriteAllText("started", ""); Thread.Sleep(60_000);',
    )

    asked: list[float] = []

    def abandon() -> None:
        asked.append(ask_when(started, bench.stop, "cancel"))
        bench.kind.runtime.abandon(work)

    stopper = threading.Thread(target=abandon)
    stopper.start()
    assert bench.kind.runtime.run(work) == Outcome("cancelled")
    stopper.join()
    assert time.monotonic() - asked[0] < 5
    assert survivors(work) == []


def test_attempts_side_by_side_keep_apart(kind: Kind, tmp_path: Path) -> None:
    benches = []
    for number in range(6):
        (tmp_path / str(number)).mkdir()
        benches.append(Bench(kind, tmp_path / str(number)))
    outcomes: dict[int, Outcome] = {}

    def run(number: int) -> None:
        outcomes[number] = benches[number].kind.runtime.run(
            benches[number].work(
                "print(input['n'])\noutput['n'] = input['n']\nvariables.add('n', input['n'])",
                "echo $WFLOW_INPUT_N; cat $WFLOW_INPUT >> $WFLOW_OUTPUT;"
                'echo "{\\"add\\": $(cat $WFLOW_INPUT)}" >> $WFLOW_VARIABLES',
                'Console.WriteLine(GetInput("n")); SetOutput("n", GetInput("n")); AddGlobal("n", GetInput("n"));',
                input={"n": number},
                activation=f"node#{number}",
            )
        )

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, bench in enumerate(benches):
        assert outcomes[number].output["n"] == number
        assert outcomes[number].operations == (("add", "n", number),)
        assert bench.logged(".out") == f"{number}\n"


SIX_KINDS = {
    "plain": ("sleep 60", "subprocess.run(['sleep', '60'])"),
    "background child": ("sleep 60 & wait", "subprocess.Popen(['sleep', '60'])\ntime.sleep(60)"),
    "ignores TERM": (
        "trap '' TERM; sleep 60; sleep 60",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsubprocess.run(['sleep', '60'])",
    ),
    "setsid daemon": (
        "setsid sleep 60 & sleep 60",
        "subprocess.Popen(['sleep', '60'], start_new_session=True)\ntime.sleep(60)",
    ),
    "double fork": (
        "(setsid sh -c 'sleep 60 & sleep 60' &) ; sleep 60",
        "subprocess.run(['sh', '-c', \"(setsid sh -c 'sleep 60 & sleep 60' &)\"])\ntime.sleep(60)",
    ),
    "nohup": (
        "nohup sleep 60 >/dev/null 2>&1 & sleep 60",
        "subprocess.Popen(['nohup', 'sleep', '60'])\ntime.sleep(60)",
    ),
}


# Not in a thread: what a script starts there is not the engine's to end.
@pytest.mark.parametrize("kind", ["process", "shell", "csharp", "pwsh stand-in"], indirect=True)
@pytest.mark.parametrize("name", SIX_KINDS)
def test_a_stopped_script_leaves_no_process_whatever_it_started(bench: Bench, name: str) -> None:
    shell, python = SIX_KINDS[name]
    bench.grace = 0.2
    csharp = f'System.Diagnostics.Process.Start("sh", new[] {{ "-c", "{shell}" }}); Thread.Sleep(60_000);'
    work = bench.work(f"import signal, subprocess, time\n{python}", shell, csharp)

    def stop() -> None:
        deadline = time.monotonic() + 10
        while not sleeping(work) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        bench.stop.ask("timeout")

    stopper = threading.Thread(target=stop)
    stopper.start()
    assert bench.kind.runtime.run(work) == Outcome("cancelled")
    stopper.join()
    assert survivors(work) == []


def sleeping(work: Work) -> bool:
    names = [Path(f"/proc/{pid}/comm") for pid in survivors(work)]
    try:
        return any(path.read_text() == "sleep\n" for path in names)
    except OSError:
        return False


def ask_when(path: Path, stop: Stop, reason: str) -> float:
    """Ask for a stop once there is such a file; gives the moment."""
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)
    asked = time.monotonic()
    stop.ask(reason)
    return asked
