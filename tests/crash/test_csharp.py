"""C# nodes in whole runs: many at once, in loops, and when the engine is killed under them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.csharp_process import HOST
from wflow.runtimes.leftovers import marked, processes

Command = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.usefixtures("csharp_home")


def of_run(run_id: str) -> list[int]:
    """The processes that have the run in their environment: hosts, and what scripts have started."""
    return [one.pid for one in processes() if marked(one.pid, [b"WFLOW_RUN_ID=" + run_id.encode()])]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def status_of(wflow: Command, run_id: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(wflow("status", run_id, "--json").stdout)
    return told


LOOP = """
name: loop
variables: {sum: 0}
nodes:
  each:
    type: foreach
    items: range(50)
    max_concurrent: 4
    nodes:
      square:
        type: csharp
        script: |
          int n = GetInput("item");
          AddGlobal("sum", n);
          if (n == 13) throw new ArgumentException("thirteen");
          return new { square = n * n };
    collect: nodes.square.output.square
    on_failure: continue
    tolerate: 1
outputs:
  sum: variables.sum
  squares: nodes.each.output.results | sum
"""


def test_a_loop_over_fifty_items_has_each_done_once(wflow: Command, tmp_path: Path) -> None:
    file = tmp_path / "loop.yaml"
    file.write_text(LOOP)
    ran = wflow("run", file, "--id", "loop", "--output", "errors")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    numbers = [n for n in range(50) if n != 13]
    told = status_of(wflow, "loop")
    assert told["outputs"]["sum"] == sum(numbers)
    failed = json.loads(wflow("show", "loop", "each[13]/square", "--json").stdout)
    assert failed["activations"][0]["error"]["message"] == "thirteen"
    assert "in loop.yaml:line 15" in failed["activations"][0]["error"]["traceback"]
    assert of_run("loop") == []


def test_four_nodes_at_once_have_a_host_each(wflow: Command, tmp_path: Path) -> None:
    """Each waits for what all four write."""
    script = """
      File.WriteAllText(Path.Combine((string)GetParam("folder"), "%s"), "");
      while (Directory.GetFiles((string)GetParam("folder")).Length < 4) await Task.Delay(5);
      return Environment.ProcessId;
"""
    names = [f"n{number}" for number in range(4)]
    nodes = "".join(f"  {name}:\n    type: csharp\n    script: |{script % name}" for name in names)
    outputs = "".join(f"  {name}: nodes.{name}.output.result\n" for name in names)
    file = tmp_path / "four.yaml"
    file.write_text(f"name: four\nparameters: {{folder: {{type: string}}}}\nnodes:\n{nodes}outputs:\n{outputs}")
    (tmp_path / "met").mkdir()
    ran = wflow("run", file, "--id", "four", "--workers", "4", "-p", f"folder={tmp_path / 'met'}", "--output", "errors")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(set(status_of(wflow, "four")["outputs"].values())) == 4


KILLED = """
name: killed
parameters: {log: {type: string}}
variables: {count: 0}
nodes:
  before: {type: csharp, script: AddGlobal("count");}
  slow:
    type: csharp
    script: |
      AddGlobal("count", 10);
      File.AppendAllText((string)GetParam("log"), "began\\n");
      if (File.ReadAllLines((string)GetParam("log")).Length == 1)
      {
          System.Diagnostics.Process.Start("sleep", "600");
          Thread.Sleep(600_000);
      }
  after: {type: csharp, script: return GetGlobal("count");}
edges: [before -> slow -> after]
outputs: {count: nodes.after.output.result}
"""


@pytest.mark.parametrize("frozen", [False, True], ids=["host alive", "host stopped"])
def test_an_engine_that_is_killed_leaves_no_host_and_its_run_goes_on(
    wflow: Command, wflow_environment: dict[str, str], tmp_path: Path, *, frozen: bool
) -> None:
    file, log = tmp_path / "killed.yaml", tmp_path / "log"
    file.write_text(KILLED)
    command = [sys.executable, "-m", "wflow", "run", str(file), "--id", "killed", "-p", f"log={log}"]
    engine = subprocess.Popen([*command, "--output", "quiet"], env=wflow_environment, stdin=subprocess.DEVNULL)
    until(log.exists)
    until(lambda: len(of_run("killed")) >= 2)
    if frozen:
        for pid in of_run("killed"):
            os.kill(pid, signal.SIGSTOP)
    engine.kill()
    engine.wait()
    if not frozen:
        until(lambda: of_run("killed") == [])
    # One that cannot notice is found by what it was started with; this stands for another.
    folder = Path(wflow_environment["WFLOW_HOME"]).resolve() / "runs" / "killed" / "work" / f"{HOST}-1-1"
    environment = {**wflow_environment, "WFLOW_RUN_ID": "killed", "WFLOW_ACTIVATION": HOST, "WFLOW_WORK": str(folder)}
    stray = subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True)
    resumed = wflow("resume", "killed", "--output", "errors")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert status_of(wflow, "killed")["outputs"] == {"count": 11}
    assert log.read_text() == "began\nbegan\n"
    assert stray.wait(10) == -signal.SIGKILL
    assert of_run("killed") == []


def test_a_second_interrupt_stops_a_script_and_the_resume_runs_it_again(
    wflow: Command, wflow_environment: dict[str, str], tmp_path: Path
) -> None:
    file, log = tmp_path / "killed.yaml", tmp_path / "log"
    file.write_text(KILLED)
    command = [sys.executable, "-m", "wflow", "run", str(file), "--id", "killed", "-p", f"log={log}"]
    engine = subprocess.Popen([*command, "--output", "quiet"], env=wflow_environment, stdin=subprocess.DEVNULL)
    until(log.exists)
    engine.send_signal(signal.SIGTERM)
    assert engine.wait(60) == 143
    assert of_run("killed") == []
    resumed = wflow("resume", "killed", "--output", "errors")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert status_of(wflow, "killed")["outputs"] == {"count": 11}


def test_a_subflow_s_scripts_are_run_with_its_own_lines_and_folder(wflow: Command, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "child.yaml").write_text(
        'name: child\nnodes:\n  a:\n    type: csharp\n    script: |\n      File.ReadAllText("not-there");\n'
    )
    file = tmp_path / "parent.yaml"
    file.write_text("name: parent\nnodes:\n  call: {type: subflow, file: sub/child.yaml}\n")
    assert wflow("run", file, "--id", "p", "--output", "quiet").returncode == 1
    error = json.loads(wflow("show", "p", "call/a", "--json").stdout)["activations"][0]["error"]
    assert error["type"] == "FileNotFoundException"
    assert "at <script>() in child.yaml:line 6" in error["traceback"]


def test_a_run_whose_script_is_never_reached_ends_without_waiting_for_it(wflow: Command, tmp_path: Path) -> None:
    file = tmp_path / "no.yaml"
    file.write_text(
        "name: no\nnodes:\n  check: {type: if, condition: 'false'}\n  never: {type: csharp, script: return 1;}\n"
        "edges: [check.true -> never]\n"
    )
    assert wflow("run", file, "--id", "no", "--output", "errors").returncode == 0
    assert of_run("no") == []
