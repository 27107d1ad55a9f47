from __future__ import annotations

import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.python import PythonRuntime
from wflow.runtimes.script import compile_script
from wflow.runtimes.work import Outcome, Work

MakeWork = Callable[..., Work]


@pytest.fixture
def run(python: PythonRuntime, make_work: MakeWork) -> Callable[..., Outcome]:
    return lambda script, **given: python.run(make_work({"script": script}, **given))


Run = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("script", "output"),
    [
        ("pass", {}),
        ("output['a'] = input['x'] + 1", {"a": 2}),
        ("output = {'a': (1, 2)}", {"a": [1, 2]}),
        ("return {'a': 1}", {"a": 1}),
        ("output['a'] = 1\noutput['b'] = 1\nreturn {'b': 2}", {"a": 1, "b": 2}),
        ("return", {}),
        ("output = None", {}),
        ("output['k'] = [params['p'], inputs['n']['x'], local, run.attempt]", {"k": [3, 1, {}, 1]}),
        ("def f():\n    global output\n    output = {'f': __name__}\nf()", {"f": "__main__"}),
        ("import sys\noutput['a'] = 1\nsys.exit()", {"a": 1}),
        ("import sys\nsys.exit(0)", {}),
        ("output['e'] = env['HERE']", {"e": "there"}),
    ],
)
def test_a_script_completes_with_what_it_wrote_and_returned(run: Run, script: str, output: dict[str, Any]) -> None:
    outcome = run(script, input={"x": 1}, inputs={"n": {"x": 1}}, params={"p": 3}, env={"HERE": "there"})
    assert outcome == Outcome("completed", output)


@pytest.mark.parametrize(
    ("script", "type", "message"),
    [
        ("raise ValueError('bad')", "ValueError", "bad"),
        ("return 5", "TypeError", "what was returned is of type int, and only a mapping can be the node's output"),
        ("return []", "TypeError", "what was returned is of type list, and only a mapping can be the node's output"),
        ("output = 5", "TypeError", "`output` is of type int, and only a mapping can be the node's output"),
        ("output['rows'] = {1}", "ValueNotJson", "`rows` is of type set, which is no JSON value"),
        ("return {'rows': [0, {'x': 1j}]}", "ValueNotJson", "`rows[1].x` is of type complex, which is no JSON value"),
        ("return {1: 2}", "ValueNotJson", "`1` is a key of type int; keys are strings"),
        ("x = (", "SyntaxError", "'(' was never closed (<node>, line 1)"),
        ("import sys\nsys.exit(75)", "ExitCode", "exit code 75"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise MemoryError", "MemoryError", ""),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion depth exceeded"),
        (
            "variables['cuont'] = 1",
            "UnknownVariable",
            "the workflow declares no variable `cuont`; did you mean `count`?",
        ),
    ],
)
def test_a_script_fails_with_the_type_and_the_words_of_its_error(
    run: Run, script: str, type: str, message: str
) -> None:
    outcome = run(script, variables={"count": 1})
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert outcome.failure.type == type
    assert outcome.failure.message.startswith(message)
    assert outcome.output == {}
    assert outcome.operations == ()


def test_writes_to_variables_come_back_as_operations_unless_the_script_fails(run: Run) -> None:
    script = "variables.add('n', 2)\nvariables['m'] = variables['n']\n"
    assert run(script, variables={"n": 1, "m": 0}).operations == (("add", "n", 2), ("set", "m", 3))
    assert run(script + "raise ValueError", variables={"n": 1, "m": 0}).operations == ()


def test_what_a_script_changes_in_its_values_reaches_no_one_else(run: Run) -> None:
    given: dict[str, Any] = {"rows": [1, {"a": []}]}
    outcome = run("input['rows'][1]['a'].append(1)\noutput['rows'] = input['rows']\n", input=given)
    assert outcome.output == {"rows": [1, {"a": [1]}]}
    assert given == {"rows": [1, {"a": []}]}


def test_an_output_shares_no_object_with_the_script(run: Run) -> None:
    outcome = run("import sys\nsys.kept = output['a'] = [1]")
    sys.kept.append(2)  # type: ignore[attr-defined]
    del sys.kept  # type: ignore[attr-defined]
    assert outcome.output == {"a": [1]}


def test_a_failure_shows_the_scripts_lines(run: Run, make_work: MakeWork, python: PythonRuntime) -> None:
    work = make_work({"script": "\nraise ValueError('x')\n"}, address="load[k]/insert")
    failure = python.run(work).failure
    assert failure is not None
    assert failure.traceback == (
        'Traceback (most recent call last):\n  File "<load[k]/insert>", line 2, in <module>\n'
        "    raise ValueError('x')\nValueError: x\n"
    )


def test_a_script_is_compiled_once(python: PythonRuntime, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = compile_script

    def counting(source: str, *given: Any) -> Any:
        compiled.append(source)
        return real(source, *given)

    monkeypatch.setattr("wflow.runtimes.python.compile_script", counting)
    for number in range(3):
        assert python.run(make_work({"script": "return {}"}, address=f"load[{number}]/x")).status == "completed"
    assert compiled == ["return {}"]


# Stopping


def stopped_after(python: PythonRuntime, work: Work, seconds: float = 0.1) -> Outcome:
    timer = threading.Timer(seconds, work.stop.ask, ("cancel",))
    timer.start()
    outcome = python.run(work)
    timer.join()
    return outcome


@pytest.mark.parametrize(
    "script",
    [
        "while True: pass",
        "import time\nwhile True:\n    try:\n        time.sleep(0.01)\n    except Exception:\n        pass",
        "def f():\n    while True: pass\ntry:\n    f()\nfinally:\n    output['cleaned'] = True",
        "while not cancelled(): pass\noutput['seen'] = True",
    ],
)
def test_a_script_that_is_asked_to_stop_is_cancelled(python: PythonRuntime, make_work: MakeWork, script: str) -> None:
    began = time.monotonic()
    assert stopped_after(python, make_work({"script": script})) == Outcome("cancelled")
    assert time.monotonic() - began < 3


def test_a_cooperative_script_is_left_its_grace_and_then_stopped(python: PythonRuntime, make_work: MakeWork) -> None:
    script = "while True: cancelled()"
    assert stopped_after(python, make_work({"script": script}, stop_grace=0.1), 0.05) == Outcome("cancelled")


def test_an_abandoned_cooperative_script_is_stopped_without_its_grace(
    python: PythonRuntime, make_work: MakeWork
) -> None:
    work = make_work({"script": "while True: cancelled()"}, stop_grace=60)

    def abandon() -> None:
        work.stop.ask("cancel")
        python.abandon(work)

    timer = threading.Timer(0.1, abandon)
    timer.start()
    assert python.run(work) == Outcome("cancelled")
    timer.join()


def test_a_script_asked_to_stop_before_it_began_does_not_run(python: PythonRuntime, make_work: MakeWork) -> None:
    work = make_work({"script": "open('ran', 'w')"})
    work.stop.ask("cancel")
    assert python.run(work) == Outcome("cancelled")
    assert list(work.run.home.iterdir()) == []


def test_a_stop_that_comes_as_the_script_ends_never_hits_the_thread_later(
    python: PythonRuntime, make_work: MakeWork
) -> None:
    for count in range(200):
        work = make_work({"script": f"sum(range({count * 20}))"})
        asker = threading.Thread(target=work.stop.ask, args=("cancel",))
        asker.start()
        assert python.run(work).status in {"completed", "cancelled"}
        asker.join()
    sum(range(10_000))


# Files, functions


def test_a_file_is_run_from_beside_the_workflow_and_read_again_when_it_changed(
    python: PythonRuntime, make_work: MakeWork
) -> None:
    work = make_work({"file": "script.py"})
    path = work.run.home / "script.py"
    path.write_text("output['a'] = [__file__, __name__]\n")
    assert python.run(work).output == {"a": [str(path), "__main__"]}
    path.write_text("return {'b': 'changed'}\n")
    assert python.run(work).output == {"b": "changed"}
    path.write_text("\n\nraise ValueError('x')\n")
    failure = python.run(work).failure
    assert failure is not None
    assert f'File "{path}", line 3, in <module>' in failure.traceback
    path.write_bytes(b"# coding: latin-1\noutput['a'] = '\xe4'\n")
    assert python.run(work).output == {"a": "ä"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"file": "absent.py"}, "the script `absent.py` cannot be read: No such file or directory"),
        ({"file": "."}, "the script `.` cannot be read: Is a directory"),
        ({"file": "latin.py"}, "the script `latin.py` is not in the encoding that it says, or not in UTF-8"),
        ({"call": "absent_module:f"}, "there is no module `absent_module`"),
    ],
)
def test_what_cannot_be_run_is_a_failure_in_one_sentence(
    python: PythonRuntime, make_work: MakeWork, settings: dict[str, Any], message: str
) -> None:
    work = make_work(settings)
    (work.run.home / "latin.py").write_bytes(b"x = '\xe4'")
    failure = python.run(work).failure
    assert failure is not None
    assert failure.type == "NotStarted"
    assert failure.message.startswith(message)
    assert failure.traceback == ""


def test_a_function_gets_the_context_and_may_return_a_mapping(python: PythonRuntime, make_work: MakeWork) -> None:
    work = make_work({"call": "steps_of_this_test:work"}, input={"x": 1}, variables={"n": 1}, params={"p": 2})
    (work.run.home / "steps_of_this_test.py").write_text(
        "def work(context):\n"
        "    context.variables.add('n', context.params['p'])\n"
        "    context.output['a'] = context.input['x']\n"
        "    print('called')\n"
        "    return {'b': context.run.id}\n"
    )
    assert python.run(work) == Outcome("completed", {"a": 1, "b": f"run-{os.getpid()}"}, (("add", "n", 2),))
    assert Path(work.log + ".out").read_text() == "called\n"


def test_a_function_that_fails_shows_its_own_lines_only(python: PythonRuntime, make_work: MakeWork) -> None:
    work = make_work({"call": "failing_of_this_test:work"})
    path = work.run.home / "failing_of_this_test.py"
    path.write_text("def work(context):\n    raise LookupError('gone')\n")
    failure = python.run(work).failure
    assert failure is not None
    assert failure.traceback == (
        f'Traceback (most recent call last):\n  File "{path}", line 2, in work\n'
        "    raise LookupError('gone')\nLookupError: gone\n"
    )


def test_a_script_can_import_what_lies_beside_the_workflow(python: PythonRuntime, make_work: MakeWork) -> None:
    work = make_work({"script": "import beside_of_this_test\nreturn {'x': beside_of_this_test.X}"})
    (work.run.home / "beside_of_this_test.py").write_text("X = 1\n")
    assert python.run(work).output == {"x": 1}


# What scripts do to the process


def test_prints_go_to_the_attempts_own_logs_though_scripts_run_side_by_side(
    python: PythonRuntime, make_work: MakeWork
) -> None:
    script = (
        "import sys, time\nfor i in range(20):\n    print(input['n'], i)\n    time.sleep(0.001)\n"
        "print('e', file=sys.stderr)"
    )
    works = [make_work({"script": script}, input={"n": n}) for n in range(4)]
    threads = [threading.Thread(target=python.run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, work in enumerate(works):
        assert Path(work.log + ".out").read_text() == "".join(f"{n} {i}\n" for i in range(20))
        assert Path(work.log + ".err").read_text() == "e\n"


def test_a_script_that_prints_nothing_leaves_no_file(run: Run, tmp_path: Path) -> None:
    assert run("output['x'] = 1").status == "completed"
    assert [path.name for path in tmp_path.iterdir()] == ["flow"]


def test_a_script_may_replace_the_streams_and_the_folder_for_itself(run: Run, tmp_path: Path) -> None:
    folder = Path.cwd()
    assert run("import sys, io, os\nsys.stdout = io.StringIO()\nprint('lost')\nos.chdir('/')").status == "completed"
    assert Path.cwd() == folder
    assert run("print('seen')").status == "completed"
    assert (tmp_path / "logs" / "2.out").read_text() == "seen\n"


def test_what_the_engine_itself_prints_is_no_scripts(run: Run, tmp_path: Path) -> None:
    run("print('script')")
    with redirect_stdout(io.StringIO()) as engine:
        print("engine")
    assert engine.getvalue() == "engine\n"
    assert (tmp_path / "logs" / "1.out").read_text() == "script\n"


@pytest.mark.parametrize(
    ("script", "logged"),
    [
        ("raise ValueError('bad')", r'Traceback [^\n]*\n  File "<node>", line 1, in <module>\n.*\nValueError: bad\n'),
        ("import sys\nsys.stderr.write('almost')\n1 / 0", "almostTraceback .*ZeroDivisionError: division by zero\n"),
        ("return 5", "TypeError: what was returned is of type int, .*\n"),
        ("output['a'] = {1}", "ValueNotJson: `a` is of type set, .*\n"),
        ("import os, sys\nsys.exit(os.environ['TOKEN'])", r"\*\*\*\n"),
        ("import sys\nsys.exit(3)", ""),
        ("pass", ""),
    ],
)
def test_a_failure_ends_the_log_of_errors_as_an_interpreter_would(
    python: PythonRuntime, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch, script: str, logged: str
) -> None:
    monkeypatch.setenv("TOKEN", "abc-secret")
    work = make_work({"script": script}, secrets=("TOKEN",))
    python.run(work)
    log = Path(work.log + ".err")
    assert re.fullmatch(logged, log.read_text() if log.exists() else "", re.DOTALL)


def test_a_full_disk_is_a_failed_attempt_and_no_more(python: PythonRuntime, make_work: MakeWork) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    work = make_work({"script": "print('x')"})
    Path(work.log).parent.mkdir()
    Path(work.log + ".out").symlink_to("/dev/full")
    failure = python.run(work).failure
    assert failure is not None
    assert failure.type == "OSError"
    failing = make_work({"script": "raise ValueError('why')"})
    Path(failing.log + ".err").symlink_to("/dev/full")
    failure = python.run(failing).failure
    assert failure is not None
    assert (failure.type, failure.message) == ("ValueError", "why")


def test_secrets_are_masked_in_what_a_script_hands_back_and_prints(
    python: PythonRuntime, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "abc-secret")
    script = "import os\nt = os.environ['API_TOKEN']\nprint(t)\nvariables['v'] = t\nprogress(1, t)\noutput['t'] = [t]\n"
    reported: list[tuple[float, str]] = []
    work = make_work({"script": script}, secrets=("API_TOKEN",), variables={"v": 0}, reported=reported)
    assert python.run(work) == Outcome("completed", {"t": ["***"]}, (("set", "v", "***"),))
    assert Path(work.log + ".out").read_text() == "***\n"
    assert reported == [(1.0, "***")]


def test_a_closed_runtime_has_given_everything_back(make_work: MakeWork) -> None:
    before = (sys.stdout, sys.stderr, list(sys.path), threading.Thread.start)
    runtime = PythonRuntime()
    runtime.run(make_work({"script": "print(1)"}))
    runtime.close()
    assert (sys.stdout, sys.stderr, list(sys.path), threading.Thread.start) == before


def test_the_first_attempts_may_begin_all_at_once(make_work: MakeWork) -> None:
    for _ in range(10):
        before = sys.stdout
        runtime, together = PythonRuntime(), threading.Barrier(6)
        works = [make_work({"script": "print(1)\nreturn {'a': 1}"}) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            outcomes = list(pool.map(lambda work: (together.wait(5), runtime.run(work))[1], works))  # noqa: B023
        runtime.close()
        assert outcomes == [Outcome("completed", {"a": 1})] * 6
        assert sys.stdout is before
