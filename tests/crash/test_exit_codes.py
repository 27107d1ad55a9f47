"""Every exit code that there is, by the real command, each in the ways that lead to it."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow import errors

Command = Callable[..., "subprocess.CompletedProcess[str]"]

FILES = {
    "ok.yaml": """
name: ok
parameters: {n: {type: integer, default: 1}}
nodes: {a: {type: python, script: 'output["n"] = params["n"]'}}
""",
    "handled.yaml": """
name: handled
nodes: {a: {type: shell, script: exit 1}, b: {type: noop}}
edges: [{from: a, to: b, trigger: fail}]
""",
    "failing.yaml": "name: failing\nnodes: {a: {type: shell, script: exit 7}}\n",
    "tolerant.yaml": """
name: tolerant
nodes:
  loop: {type: foreach, items: range(3), tolerate: 1, nodes: {a: {type: shell, script: '[ $WFLOW_INPUT_ITEM != 1 ]'}}}
""",
    "invalid.yaml": "name: invalid\nnodes: {a: {type: shel, script: exit 0}}\n",
    "cycle.yaml": "name: cycle\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b -> a]\n",
    "calls-off.yaml": "name: calls-off\nnodes: {a: {type: end, status: cancelled}}\n",
    "gives-up.yaml": "name: gives-up\nnodes: {a: {type: end, status: failed}}\n",
    "slow.yaml": "name: slow\ntimeout: 200ms\nnodes: {a: {type: shell, script: sleep 61}}\n",
    "slow-node.yaml": "name: slow-node\nnodes: {a: {type: shell, timeout: 200ms, script: sleep 61}}\n",
    "long.yaml": """
name: long
overlap: skip
nodes: {a: {type: shell, script: 'touch begun; while [ ! -e go ]; do sleep 0.02; done'}, b: {type: noop}}
edges: [a -> b]
""",
}

#: Code, and steps of which the last one ends with it: commands, and what `Steps` does beside them.
TABLE: list[tuple[int, str]] = [
    (0, "run ok.yaml"),
    (0, "run ok.yaml --dry-run"),
    (0, "run handled.yaml"),
    (0, "run tolerant.yaml"),
    (0, "run ok.yaml --id r; resume r"),
    (0, "run ok.yaml --id r; damage r; run ok.yaml; status"),
    (0, "run ok.yaml --id r; damage r; status --json"),
    (0, "validate ok.yaml"),
    (0, "--help"),
    (0, "start long.yaml; send SIGINT; go; end; resume r"),
    (1, "run failing.yaml"),
    (1, "run failing.yaml --id r; resume r"),
    (1, "run gives-up.yaml"),
    (1, "run slow-node.yaml"),
    (2, ""),  # the help
    (2, "fly ok.yaml"),
    (2, "run ok.yaml --fast"),
    (2, "run ok.yaml --only nowhere"),
    (2, "run nowhere.yaml"),
    (2, "validate nowhere.yaml"),
    (2, "run ok.yaml -p n=one"),
    (2, "run ok.yaml -p m=1"),
    (2, "run ok.yaml --id last"),
    (2, "resume nowhere"),
    (2, "status nowhere"),
    (2, "run ok.yaml; status nowhere"),
    (2, "run ok.yaml --id r; show r nowhere"),
    (2, "run ok.yaml --id r; pause r"),
    (2, "run failing.yaml --id r; cancel r"),
    (3, "run invalid.yaml"),
    (3, "run cycle.yaml"),
    (3, "validate invalid.yaml"),
    (4, "run calls-off.yaml"),
    (4, "start long.yaml; cancel r; end"),
    (5, "start long.yaml; send SIGINT; go; end"),
    (5, "start long.yaml; pause r; go; end"),
    (5, "start long.yaml; pause --now r; end"),
    (5, "start long.yaml; send SIGINT; pause --now r; end"),
    (6, "run tolerant.yaml --strict"),
    (7, "start long.yaml; resume r"),
    (7, "start long.yaml; run ok.yaml --id r"),
    (7, "start long.yaml; run long.yaml"),
    (8, "run failing.yaml --id r; damage r; resume r"),
    (8, "run failing.yaml --id r; damage r; status r"),
    (8, "run failing.yaml --id r; damage r; cancel r"),
    (8, "no home; run ok.yaml"),
    (124, "run slow.yaml"),
    (124, "run slow.yaml --id r; resume r"),
    (129, "start long.yaml; send SIGHUP; end"),
    (130, "start long.yaml; send SIGINT; send SIGINT; end"),
    (143, "start long.yaml; send SIGTERM; end"),
    (143, "start long.yaml; send SIGINT; send SIGTERM; end"),
]


class Steps:
    """What happens in a test, in its folder and on its home."""

    def __init__(self, wflow: Command, folder: Path, home: Path, environment: dict[str, str]) -> None:
        self._wflow = wflow
        self._folder = folder
        self._home = home
        self._environment = environment
        self._owner: subprocess.Popen[bytes] | None = None

    def do(self, step: str) -> int:
        """Take the step; the exit code of a command, also of the one that `start` has started and `end` waits for."""
        words = shlex.split(step)
        if words[:1] == ["start"]:
            self._start(words[1])
        elif words[:1] == ["send"]:
            self._send(words[1])
        elif words == ["go"]:
            (self._folder / "go").touch()
        elif words == ["end"]:
            return self.end()
        elif words[:1] == ["damage"]:
            journal = self._home / "runs" / words[1] / "journal"
            journal.write_bytes(journal.read_bytes().replace(b'"status"', b'"Status"', 1))
        elif words == ["no", "home"]:
            self._home.write_text("a file")
        else:
            asked = self._paused() if words[:1] == ["pause"] and self._owner is not None else -1
            said = self._wflow(*words, cwd=self._folder)
            assert "Traceback" not in said.stderr
            self._wait_for(lambda: asked < 0 or self._paused() > asked)
            return said.returncode
        return 0

    def _start(self, file: str) -> None:
        command = [sys.executable, "-m", "wflow", "run", file, "--id", "r", "--output", "quiet"]
        self._owner = subprocess.Popen(
            command, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_for((self._folder / "begun").exists)

    def _send(self, name: str) -> None:
        """The signal, and time for the run to hear it: two that come at one moment are one."""
        assert self._owner is not None
        before = self._paused()
        self._owner.send_signal(getattr(signal, name))
        self._wait_for(lambda: self._paused() > before)

    def _paused(self) -> int:
        """How often the run has heard that it should pause."""
        return (self._home / "runs" / "r" / "journal").read_bytes().count(b'"pause"')

    def _wait_for(self, come: Callable[[], bool]) -> None:
        limit = time.monotonic() + 30
        while not come():
            assert time.monotonic() < limit
            time.sleep(0.01)

    def end(self) -> int:
        """The code with which what was started ends."""
        assert self._owner is not None
        return self._owner.wait(timeout=30)

    def close(self) -> None:
        """End what was started, if it still runs."""
        if self._owner is not None and self._owner.poll() is None:
            (self._folder / "go").touch()
            self._owner.wait(timeout=30)


@pytest.fixture
def steps(wflow: Command, tmp_path: Path, home: Path, wflow_environment: dict[str, str]) -> Iterator[Steps]:
    """The files of the table in the test's folder, and signals that are heard (see test_no_process_left.py)."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    taken = Steps(wflow, tmp_path, home, wflow_environment)
    yield taken
    taken.close()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("code", "told"), TABLE, ids=[f"{code}-{told}" for code, told in TABLE])
def test_the_command_leaves_with(code: int, told: str, steps: Steps) -> None:
    codes = [steps.do(step) for step in told.split(";")]
    assert codes[-1] == code, codes


def test_the_table_has_every_code_that_there_is() -> None:
    known = {getattr(errors, name) for name in errors.__all__ if name.startswith("EXIT_")}
    signals = {128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
    assert {code for code, _ in TABLE} == known | signals


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", -15), ("SIGHUP", -1)])
def test_a_signal_ends_a_start_that_waits_for_its_turn_as_it_ends_any_program(
    name: str, code: int, steps: Steps, tmp_path: Path, home: Path, wflow_environment: dict[str, str]
) -> None:
    """A negative code is what a shell shows as 128 + n. No run is left of it."""
    queue = tmp_path / "long.yaml"
    queue.write_text(FILES["long.yaml"].replace("overlap: skip", "overlap: queue"), encoding="utf-8")
    steps.do("start long.yaml")
    command = [sys.executable, "-m", "wflow", "run", str(queue)]
    with subprocess.Popen(command, env=wflow_environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as waits:
        assert waits.stderr is not None
        assert b"waits for run r" in waits.stderr.readline()
        waits.send_signal(getattr(signal, name))
        assert waits.wait(timeout=30) == code
    assert [path.name for path in (home / "runs").iterdir()] == ["r"]
    assert (steps.do("go"), steps.end()) == (0, 0)
