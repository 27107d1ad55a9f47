"""However a run is ended, nothing of its scripts is left: no process, no zombie, no file in its work folder."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from wflow.runtimes.leftovers import (
    ProcessFacts,
    become_subreaper,
    descendants,
    facts,
    marked,
    processes,
    resign_as_subreaper,
)

Command = Callable[..., "subprocess.CompletedProcess[str]"]

#: Seconds in which anything here is over, on a busy machine too.
SOON = 30.0

#: Cases that run at once.
AT_ONCE = 4

#: What a script does first: it says that it begins and, when there is a list of the processes of its start before,
#: which of them are alive, and then has nothing more to do.
SHELL_BEGINS = """\
echo begun >> begun
if [ -e before ]; then
  for pid in $(cat before); do
    if [ -e /proc/$pid ] && ! grep -qs '^State:.[ZX]' /proc/$pid/status; then echo $pid >> overlapping; fi
  done
  exit 0
fi
"""

PYTHON_BEGINS = """\
import os, signal, subprocess, time
with open("begun", "a") as file:
    file.write("begun\\n")
def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
if os.path.exists("before"):
    with open("before") as file, open("overlapping", "a") as found:
        found.writelines(f"{pid}\\n" for pid in file.read().split() if alive(pid))
    raise SystemExit
"""


class Kind(NamedTuple):
    """What a script does, and how many processes of the name `sleep` there are of it."""

    script: str
    sleeps: int
    settings: Mapping[str, str]


def shell(script: str, sleeps: int = 1) -> Kind:
    return Kind(SHELL_BEGINS + script, sleeps, {"type": "shell"})


def python(script: str, sleeps: int, isolation: str = "process") -> Kind:
    return Kind(PYTHON_BEGINS + script, sleeps, {"type": "python", "isolation": isolation})


SHELL = {
    "plain": shell("sleep 61"),
    "background child": shell("sleep 61 & wait"),
    "ignores TERM": shell("trap '' TERM; sleep 61; sleep 61"),
    "setsid daemon": shell("setsid sleep 61 & sleep 61", 2),
    "double fork": shell("(setsid sh -c 'sleep 61 & sleep 61' &); sleep 61", 3),
    "nohup": shell("nohup sleep 61 >/dev/null 2>&1 & sleep 61", 2),
    "without its environment": shell("env -i setsid sleep 61 & sleep 61", 2),
    "orphan without its environment": shell("(env -i setsid sleep 61 &); sleep 61", 2),
}

PYTHON = {
    "python": python('subprocess.Popen(["sleep", "61"])\ntime.sleep(61)', 1),
    "python that ignores TERM": python(
        'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsubprocess.run(["sleep", "61"])\ntime.sleep(61)', 1
    ),
    "python with a daemon": python('subprocess.Popen(["setsid", "sleep", "61"])\ntime.sleep(61)', 1),
    "python with a pool": python('import multiprocessing\nmultiprocessing.Pool(2).map(os.system, ["sleep 61"] * 2)', 2),
}

#: Python in a thread of the engine, which can be asked only.
THREADS = {
    "heeds": python("while not cancelled(): time.sleep(0.02)", 0, "thread"),
    "does not look": python("while True: time.sleep(0.02)", 0, "thread"),
    "looks and goes on": python("while True:\n    cancelled()\n    time.sleep(0.02)", 0, "thread"),
    "catches everything": python(
        "while True:\n    try:\n        time.sleep(0.02)\n    except BaseException:\n        pass", 0, "thread"
    ),
    "is in a system call": python("time.sleep(61)", 0, "thread"),
}

WAITS = shell("setsid sleep 61 & while [ ! -e go ]; do sleep 0.02; done", 2)


class Case(NamedTuple):
    """A run that goes on: the kind of its script, its folder, its engine, and every process of the script."""

    kind: Kind
    folder: Path
    engine: subprocess.Popen[bytes]
    known: list[ProcessFacts]

    @property
    def kept(self) -> Path:
        """The run's folder in the home; the run is named like the folder of its file."""
        return self.folder.parent / "home" / "runs" / self.folder.name

    @property
    def journal(self) -> bytes:
        """What it has recorded."""
        return (self.kept / "journal").read_bytes()


class Seen(NamedTuple):
    """What there is once the run has ended: the command's exit code, processes of the script that are left (dead ones
    that nobody has waited for included), what is in the run's work folder, children of the engine that the node after
    the script saw beside itself (None: that node did not run), and processes of the script's first start that its
    second one found alive (None: there was no second).
    """

    code: int
    left: list[str]
    files: list[str]
    beside: int | None
    overlapping: list[str] | None


class TooSoonError(Exception):
    """The run has ended before all processes of its script were there."""


class Runs:
    """The runs of a test: starts them, ends them, sees what is left."""

    def __init__(self, wflow: Command, folder: Path, environment: dict[str, str]) -> None:
        self.wflow = wflow
        self._folder = folder
        self._environment = environment

    def start(
        self, name: str, kind: Kind, *, timeout: str = "10m", stop_grace: str = "300ms", terminal: int = -1
    ) -> Case:
        """Run a script of that kind and, once it has ended, one that lists the children of the engine."""
        folder = self._folder / name.replace(" ", "-")
        folder.mkdir()
        script = {**kind.settings, "script": kind.script, "env": {"MARK": str(folder)}, "timeout": timeout}
        look = {"type": "shell", "script": "ps -o pid=,stat=,args= --ppid $PPID > children"}
        workflow = {
            "name": "ended",
            "stop_grace": stop_grace,
            "nodes": {"script": script, "look": look},
            "edges": [{"from": "script", "to": "look", "trigger": "always"}],
        }
        file = folder / "ended.json"
        file.write_text(json.dumps(workflow), encoding="utf-8")
        return self.watched(kind, folder, "run", str(file), "--id", folder.name, terminal=terminal)

    def watched(self, kind: Kind, folder: Path, *words: str, terminal: int = -1) -> Case:
        """A command that runs the script, once all processes of the script are there: on the terminal of that
        descriptor, which this process then closes.
        """
        command = [sys.executable, "-m", "wflow", *words]
        if terminal < 0:
            command += ["--output", "quiet"]
            engine = subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        else:
            command = ["setsid", "--ctty", *command]
            environment = {**self._environment, "TERM": "xterm-256color"}
            engine = subprocess.Popen(command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal)
            os.close(terminal)
        limit = time.monotonic() + SOON
        while not (folder / "begun").exists() and engine.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        while True:
            known = [one for one in descendants(engine.pid, processes()) if one.pid != engine.pid]
            sleeping = [one for one in known if name_of(one.pid) == "sleep"]
            if (folder / "begun").exists() and len(sleeping) >= kind.sleeps:
                return Case(kind, folder, engine, known)
            if engine.poll() is not None or time.monotonic() > limit:
                engine.kill()
                said = (engine.communicate()[1] or b"").decode()
                raise TooSoonError(f"{folder.name}: {len(sleeping)} of {kind.sleeps} came\n{said}")
            time.sleep(0.02)

    def end(self, case: Case, ending: str) -> int:
        """End the run, and give the exit code of the command that has ended then."""
        engine, run = case.engine, case.folder.name
        if ending == "cancel":
            assert self.wflow("cancel", run).returncode == 0
        elif ending == "INT twice":
            engine.send_signal(signal.SIGINT)
            wait_until(lambda: b'"pause"' in case.journal)
            engine.send_signal(signal.SIGINT)
        elif ending.startswith("KILL and "):
            return self.take_up(case, ending.removeprefix("KILL and "))
        elif ending != "timeout":
            engine.send_signal(getattr(signal, ending))
        engine.communicate(timeout=SOON)
        return engine.returncode

    def take_up(self, case: Case, command: str = "resume") -> int:
        """Kill the engine, and only that, and resume the run, or cancel or pause it."""
        case.engine.kill()
        case.engine.communicate()
        (case.folder / "before").write_text("\n".join(str(one.pid) for one in case.known))
        return self.wflow(command, case.folder.name).returncode

    def through(self, name: str, kind: Kind, ending: str) -> Seen:
        """Start a run, end it, and see. A busy machine may need more than a second until all is there."""
        for seconds in (1, 5) if ending == "timeout" else ():
            try:
                case = self.start(f"{name} {seconds}", kind, timeout=f"{seconds}s")
            except TooSoonError:
                continue
            return seen(case, self.end(case, ending))
        case = self.start(name, kind, timeout="20s" if ending == "timeout" else "10m")
        return seen(case, self.end(case, ending))


def seen(case: Case, code: int) -> Seen:
    work = case.kept / "work"
    children, overlapping = case.folder / "children", case.folder / "overlapping"
    begun = (case.folder / "begun").read_text().count("begun")
    return Seen(
        code,
        left_of(case),
        sorted(str(path.relative_to(work)) for path in work.rglob("*")),
        len(children.read_text().splitlines()) - 1 if children.exists() else None,
        (overlapping.read_text().split() if overlapping.exists() else []) if begun > 1 else None,
    )


def left_of(case: Case) -> list[str]:
    """The processes of the script that there still are."""
    mark = f"MARK={case.folder}".encode()
    there = there_still_of(case) | {one for one in processes() if marked(one.pid, [mark])}
    return [f"{name_of(one.pid)} {facts(one.pid)}" for one in there]


def there_still_of(case: Case) -> set[ProcessFacts]:
    """Those of the case's processes that there still are. This process waits for the dead ones of an engine that was
    killed with -9, as a machine's first process would.
    """
    if case.engine.returncode == -signal.SIGKILL:
        for one in case.known:
            if (now := facts(one.pid)) is not None and (now.state, now.parent) == ("Z", os.getpid()):
                os.waitpid(one.pid, 0)
    return {one for one in case.known if (now := facts(one.pid)) is not None and now.started == one.started}


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture
def runs(wflow: Command, tmp_path: Path, wflow_environment: dict[str, str]) -> Iterator[Runs]:
    """Runs whose engines hear every signal: what is ignored here (under nohup, in the background of a shell) would be
    ignored by them too. All that loses its parent becomes a child of this process: nothing may, alive or dead.
    """
    heard = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = set(children())
    assert become_subreaper()
    yield Runs(wflow, tmp_path, wflow_environment)
    resign_as_subreaper()
    for number, handler in heard.items():
        signal.signal(number, handler)
    left = {pid: f"{name_of(pid)} {facts(pid)}" for pid in children() if pid not in before}
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert left == {}


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


ENDINGS = {
    "timeout": Seen(1, [], [], 0, None),
    "cancel": Seen(4, [], [], 0, None),
    "INT twice": Seen(130, [], [], None, None),
    "SIGTERM": Seen(143, [], [], None, None),
    "SIGHUP": Seen(129, [], [], None, None),
    "KILL and resume": Seen(0, [], [], 0, []),
    "KILL and cancel": Seen(0, [], [], 0, None),
    "KILL and pause": Seen(0, [], [], None, None),
}


CASES = [(SHELL, ending) for ending in list(ENDINGS)[:6]] + [
    (PYTHON, ending) for ending in ("timeout", "SIGTERM", "KILL and resume")
]


@pytest.mark.parametrize(
    ("kinds", "ending"), CASES, ids=[f"{ending}-{'python' if kinds is PYTHON else 'shell'}" for kinds, ending in CASES]
)
def test_nothing_of_a_script_is_left(kinds: dict[str, Kind], ending: str, runs: Runs) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = pool.map(lambda name: runs.through(name, kinds[name], ending), kinds)
        assert dict(zip(kinds, outcomes, strict=True)) == dict.fromkeys(kinds, ENDINGS[ending])


@pytest.mark.parametrize("ending", ["timeout", "cancel"])
def test_a_thread_that_does_not_stop_keeps_no_run_from_its_end(ending: str, runs: Runs) -> None:
    with ThreadPoolExecutor(len(THREADS)) as pool:
        outcomes = pool.map(lambda name: runs.through(name, THREADS[name], ending), THREADS)
        assert dict(zip(THREADS, outcomes, strict=True)) == dict.fromkeys(THREADS, ENDINGS[ending])


@pytest.mark.parametrize("name", ["setsid daemon", "double fork", "nohup", "orphan without its environment"])
def test_a_resume_finds_what_is_left_where_the_first_process_of_the_script_is_gone_too(name: str, runs: Runs) -> None:
    case = runs.start(name, SHELL[name])
    case.engine.kill()
    first = min(case.known, key=lambda one: (one.started, one.pid))
    os.kill(first.pid, signal.SIGKILL)
    assert seen(case, runs.take_up(case)) == ENDINGS["KILL and resume"]


@pytest.mark.parametrize("ending", ["KILL and cancel", "KILL and pause"])
def test_a_killed_run_that_is_not_resumed_but_cancelled_or_paused_leaves_nothing_either(
    ending: str, runs: Runs
) -> None:
    assert runs.through("double fork", SHELL["double fork"], ending) == ENDINGS[ending]


def test_a_resume_that_is_killed_too_leaves_nothing_to_the_next(runs: Runs) -> None:
    case = runs.start("double fork", SHELL["double fork"])
    case.engine.kill()
    case.engine.communicate()
    again = runs.watched(case.kind, case.folder, "resume", case.folder.name)
    assert there_still_of(case) == set()
    assert seen(again, runs.take_up(again)) == ENDINGS["KILL and resume"]


@pytest.mark.parametrize("ending", ["cancel", "KILL and resume"])
def test_a_run_of_the_same_name_in_another_home_is_left_alone(
    ending: str, runs: Runs, wflow: Command, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    (tmp_path / "other").mkdir()
    elsewhere = Runs(wflow, tmp_path / "other", {**wflow_environment, "WFLOW_HOME": str(tmp_path / "other" / "home")})
    other = elsewhere.start("setsid daemon", SHELL["setsid daemon"])
    case = runs.start("setsid daemon", SHELL["setsid daemon"])
    assert seen(case, runs.end(case, ending)) == ENDINGS[ending]
    assert there_still_of(other) == set(other.known)
    assert seen(other, elsewhere.end(other, "SIGTERM")) == ENDINGS["SIGTERM"]


def test_a_home_may_be_spelled_in_another_way_by_the_resume(
    runs: Runs, wflow: Command, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    linked = Runs(wflow, tmp_path, {**wflow_environment, "WFLOW_HOME": str(tmp_path / "link" / "home")})
    case = linked.start("setsid daemon", SHELL["setsid daemon"])
    assert seen(case, runs.take_up(case)) == ENDINGS["KILL and resume"]


def test_an_engine_that_was_killed_while_it_cancelled_goes_on_cancelling(runs: Runs) -> None:
    case = runs.start("ignores TERM", SHELL["ignores TERM"], stop_grace="10m")
    assert runs.wflow("cancel", case.folder.name).returncode == 0
    wait_until(lambda: b'"cancel"' in case.journal)
    assert seen(case, runs.take_up(case)) == ENDINGS["cancel"], "what was being stopped must not start again"


def test_after_one_int_what_runs_ends_by_itself_and_what_it_leaves_is_ended(runs: Runs) -> None:
    case = runs.start("waits", WAITS)
    case.engine.send_signal(signal.SIGINT)
    wait_until(lambda: b'"pause"' in case.journal)
    assert case.engine.poll() is None
    (case.folder / "go").touch()
    case.engine.communicate(timeout=SOON)
    assert seen(case, case.engine.returncode) == Seen(5, [], [], None, None)
    told = json.loads(runs.wflow("status", case.folder.name, "--json").stdout)
    assert {node["address"]: node["status"] for node in told["nodes"]} == {"script": "completed", "look": "pending"}


def test_a_terminal_that_is_closed_leaves_nothing(runs: Runs) -> None:
    """The live tree can be written nowhere any more, and the run is paused all the same."""
    ours, its = pty.openpty()
    case = runs.start("setsid daemon", SHELL["setsid daemon"], terminal=its)
    os.close(ours)
    case.engine.wait(timeout=SOON)
    assert seen(case, case.engine.returncode) == ENDINGS["SIGHUP"]
    assert json.loads(runs.wflow("status", case.folder.name, "--json").stdout)["status"] == "paused"
