from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.isolated import IsolatedPython
from wflow.runtimes.work import Outcome, Work

MakeWork = Callable[..., Work]

# Two lines in each loop: of a loop in one line the interpreter lets an exception escape past `except`.
SPIN = "    while True:\n        x = 1\n        y = 2\n"
STUBBORN = f"try:\n{SPIN}except BaseException:\n{SPIN}"


@pytest.fixture
def isolated() -> Iterator[IsolatedPython]:
    made = IsolatedPython()
    yield made
    made.close()


def test_a_script_runs_in_a_process_of_its_own_with_everything_it_sees(
    isolated: IsolatedPython, make_work: MakeWork, tmp_path: Path
) -> None:
    script = (
        "import os, sys\nprint('hello', input['k'])\nos.system('echo from a child')\n"
        "print('bad', file=sys.stderr)\nvariables.add('n', params['p'])\nprogress(40, 'on')\n"
        "output['a'] = [os.getpid(), os.getcwd(), os.environ['MINE'], inputs['x'], run.id, run.attempt, __name__]\n"
        "return {'b': env['MINE']}"
    )
    reported: list[tuple[float, str]] = []
    work = make_work(
        {"script": script, "isolation": "process"},
        input={"k": "🙂"},
        inputs={"x": {"k": 1}},
        variables={"n": 1},
        params={"p": 2},
        env={"MINE": "m"},
        reported=reported,
    )
    outcome = isolated.run(work)
    assert outcome.failure is None
    pid, *rest = outcome.output.pop("a")
    assert pid != os.getpid()
    assert rest == [str(tmp_path / "flow"), "m", {"k": 1}, f"run-{os.getpid()}", 1, "__main__"]
    assert outcome == Outcome("completed", {"b": "m"}, (("add", "n", 2),))
    assert Path(work.log + ".out").read_text() == "hello 🙂\nfrom a child\n"
    assert Path(work.log + ".err").read_text() == "bad\n"
    assert reported == [(40.0, "on")]
    assert not Path(work.scratch).exists()


@pytest.mark.parametrize(
    ("script", "type", "message", "exit_code"),
    [
        ("raise ValueError('bad')", "ValueError", "bad", None),
        ("import sys; sys.exit(75)", "ExitCode", "exit code 75", 75),
        ("import os; os._exit(3)", "ExitCode", "exit code 3", 3),
        ("import os; os._exit(0)", "ExitCode", "the script ended its process by itself", 0),
        ("import os; os.kill(os.getpid(), 9)", "ExitCode", "killed by signal 9 (SIGKILL)", 137),
        ("output['x'] = {1}", "ValueNotJson", "`x` is of type set, which is no JSON value", None),
    ],
)
def test_a_script_that_fails(
    isolated: IsolatedPython, make_work: MakeWork, script: str, type: str, message: str, exit_code: int | None
) -> None:
    failure = isolated.run(make_work({"script": script, "isolation": "process"})).failure
    assert failure is not None
    assert (failure.type, failure.message, failure.exit_code) == (type, message, exit_code)


def test_a_traceback_starts_at_the_scripts_lines(isolated: IsolatedPython, make_work: MakeWork) -> None:
    failure = isolated.run(make_work({"script": "\n1 / 0", "isolation": "process"}, address="a[1]/b")).failure
    assert failure is not None
    assert failure.traceback.startswith(
        'Traceback (most recent call last):\n  File "<a[1]/b>", line 2, in <module>\n    1 / 0'
    )


def test_what_threads_cannot_do_can_be_done(isolated: IsolatedPython, make_work: MakeWork) -> None:
    script = (
        "import multiprocessing, os\nos.chdir('/')\nos.environ['X'] = '1'\n"
        "def double(n): return 2 * n\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    output['doubled'] = pool.map(double, [1, 2])\n"
    )
    assert isolated.run(make_work({"script": script, "isolation": "process"})).output == {"doubled": [2, 4]}
    assert "X" not in os.environ


@pytest.mark.parametrize(
    ("script", "least"),
    [
        ("import time\ntime.sleep(60)", 0),
        ("import subprocess\nsubprocess.run(['sleep', '60'])", 0),
        ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", 0.3),
        (STUBBORN, 0.3),
    ],
)
def test_a_script_that_is_asked_to_stop_is_cancelled(
    isolated: IsolatedPython, make_work: MakeWork, script: str, least: float
) -> None:
    work = make_work({"script": "print('on', flush=True)\n" + script, "isolation": "process"}, stop_grace=0.3)
    took: list[float] = []

    def stop() -> None:
        while not Path(work.log + ".out").exists() or not Path(work.log + ".out").stat().st_size:
            time.sleep(0.01)
        time.sleep(0.1)
        took.append(time.monotonic())
        work.stop.ask("cancel")

    thread = threading.Thread(target=stop)
    thread.start()
    assert isolated.run(work) == Outcome("cancelled")
    thread.join()
    assert least <= time.monotonic() - took[0] < 3


def test_a_cooperative_script_sees_the_request(isolated: IsolatedPython, make_work: MakeWork) -> None:
    script = (
        "import time\nprint('on', flush=True)\nwhile not cancelled(): time.sleep(0.01)\nopen('seen', 'w').write('x')\n"
    )
    work = make_work({"script": script, "isolation": "process"})

    def stop() -> None:
        while not Path(work.log + ".out").exists() or not Path(work.log + ".out").stat().st_size:
            time.sleep(0.01)
        work.stop.ask("cancel")

    thread = threading.Thread(target=stop)
    thread.start()
    assert isolated.run(work) == Outcome("cancelled")
    thread.join()
    assert (work.run.home / "seen").exists()


def test_threads_and_processes_left_running_end_with_the_script(isolated: IsolatedPython, make_work: MakeWork) -> None:
    script = (
        "import subprocess, threading, time, atexit\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "atexit.register(lambda: open('at-exit', 'w').write('x'))\n"
        "output['pid'] = subprocess.Popen(['sleep', '60'], start_new_session=True).pid\n"
    )
    work = make_work({"script": script, "isolation": "process"})
    began = time.monotonic()
    outcome = isolated.run(work)
    assert time.monotonic() - began < 5
    assert not Path(f"/proc/{outcome.output['pid']}").exists()
    assert (work.run.home / "at-exit").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"file": "script.py"},
        {"call": "script_in_a_process:work"},
    ],
)
def test_files_and_functions_work_too(isolated: IsolatedPython, make_work: MakeWork, settings: dict[str, Any]) -> None:
    work = make_work({**settings, "isolation": "process"}, input={"k": 1})
    (work.run.home / "script.py").write_text("return {'a': input['k']}\n")
    (work.run.home / "script_in_a_process.py").write_text("def work(c): return {'a': c.input['k']}\n")
    assert isolated.run(work).output == {"a": 1}


def test_secrets_are_masked_in_what_it_prints_and_hands_back(
    isolated: IsolatedPython, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "abc-secret")
    script = "import os\nprint(os.environ['API_TOKEN'])\nreturn {'t': os.environ['API_TOKEN']}"
    work = make_work({"script": script, "isolation": "process"}, secrets=("API_TOKEN",))
    assert isolated.run(work).output == {"t": "***"}
    assert Path(work.log + ".out").read_text() == "***\n"


def test_what_lies_beside_the_workflow_does_not_stand_in_for_wflow(
    isolated: IsolatedPython, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A relative entry there would be the folder itself.
    monkeypatch.delenv("PYTHONPATH", raising=False)
    work = make_work({"script": "import json\nreturn {'a': 1}", "isolation": "process"})
    for name in ("wflow", "json", "signal"):
        (work.run.home / f"{name}.py").write_text("raise RuntimeError('wrong module')\n")
    assert isolated.run(work).output == {"a": 1}


def test_a_result_that_the_script_destroyed_is_a_failure(isolated: IsolatedPython, make_work: MakeWork) -> None:
    script = (
        "import atexit, os\nfrom pathlib import Path\n"
        "atexit.register(lambda: (Path(os.environ['WFLOW_WORK']) / 'result.json').write_text('{}'))\n"
    )
    failure = isolated.run(make_work({"script": script, "isolation": "process"})).failure
    assert failure is not None
    assert failure.message == "the script destroyed its result"


def test_what_the_script_forks_ends_at_term(isolated: IsolatedPython, make_work: MakeWork) -> None:
    script = (
        "import os, signal, threading\n"
        "def fork():\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        signal.pause()\n"
        "        os._exit(0)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    output['ended'] = os.waitpid(child, 0)[1]\n"
        "thread = threading.Thread(target=fork)\nthread.start()\nthread.join()\n"
    )
    assert isolated.run(make_work({"script": script, "isolation": "process"})).output == {"ended": 15}
