"""`wflow.runtimes.csharp_process`: a host as a process: spoken to, stopped, and gone with who started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.csharp_build import HostFiles, build_host
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_process import HOST, HostEnded, HostProcess, start_host
from wflow.runtimes.leftovers import facts, marker_of
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import RunFacts

Start = Callable[[], HostProcess]


@pytest.fixture
def files(dotnet: Dotnet, csharp_cache: Path) -> HostFiles:
    return build_host(dotnet, csharp_cache)


@pytest.fixture
def facts_of_run(tmp_path: Path) -> RunFacts:
    return RunFacts(f"process-{os.getpid()}", "flow", tmp_path, tmp_path)


@pytest.fixture
def start(dotnet: Dotnet, files: HostFiles, facts_of_run: RunFacts) -> Iterator[Start]:
    """Start a host; what is started is ended after the test."""
    started: list[HostProcess] = []

    def go() -> HostProcess:
        started.append(start_host(dotnet, files, facts_of_run, lambda: False))
        return started[-1]

    yield go
    for host in started:
        host.close()


def compiling(path: Path, source: str = "return 1;") -> dict[str, Any]:
    return {"compile": {"source": source, "folder": str(path), "name": "s", "path": str(path / "s.dll")}}


def test_it_answers_requests_one_after_another(start: Start, tmp_path: Path) -> None:
    host = start()
    for source, errors in (("return 1;", 0), ("nonsense", 1), ("return 2;", 0)):
        host.send(compiling(tmp_path, source))
        answer = host.receive()
        assert answer is not None
        assert len(answer["errors"]) == errors
    assert (tmp_path / "s.dll").exists()
    assert host.usable


def test_a_request_larger_than_a_pipe_arrives_whole(start: Start, tmp_path: Path) -> None:
    host = start()
    host.send(compiling(tmp_path, f'return "{"x" * 1_000_000}".Length;'))
    answer = host.receive()
    assert answer is not None
    assert answer["errors"] == []


def test_no_answer_in_time_is_none_and_waking_it_ends_the_wait(start: Start) -> None:
    host = start()
    assert host.receive(0.01) is None
    host.wake()
    assert host.receive() is None
    assert not host.usable


def test_one_that_is_killed_has_ended(start: Start) -> None:
    host = start()
    seen = [host.alive]
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(HostEnded):
        host.receive()
    seen.append(host.alive)
    assert seen == [True, False]
    assert host.ended() == -signal.SIGKILL
    assert not host.usable


def test_it_ends_at_term_when_it_is_idle(start: Start) -> None:
    host = start()
    assert host.end(grace=30.0) == 143
    assert host.end() == 143


def test_closing_an_idle_one_is_quick_and_leaves_no_folder(start: Start) -> None:
    host = start()
    host.empty_scratch()
    (Path(host.scratch) / "left").touch()
    host.empty_scratch()
    assert list(Path(host.scratch).iterdir()) == []
    began = time.monotonic()
    host.close()
    assert time.monotonic() - began < 1.5
    assert facts(host.pid) is None
    assert not Path(host.scratch).exists()


def test_one_that_does_not_start_says_what_net_says(
    dotnet: Dotnet, files: HostFiles, facts_of_run: RunFacts, tmp_path: Path
) -> None:
    missing = files._replace(program=tmp_path / "no.dll")
    with pytest.raises(NotStarted, match=r"the host of csharp nodes does not start: .*no\.dll"):
        start_host(dotnet, missing, facts_of_run, lambda: False)
    with pytest.raises(NotStarted, match="could not be started: No such file"):
        start_host(dotnet._replace(program=tmp_path / "no"), files, facts_of_run, lambda: False)
    with pytest.raises(NotStarted, match="was not ready in time"):
        start_host(dotnet, files, facts_of_run, lambda: True)


def test_a_machine_without_cultures_runs_scripts_all_the_same(
    files: HostFiles, dotnet: Dotnet, facts_of_run: RunFacts, tmp_path: Path
) -> None:
    """A `dotnet` that behaves as one does where ICU is missing: it ends with that message unless told to do without."""
    program = tmp_path / "dotnet"
    program.write_text(
        "#!/bin/sh\n"
        '[ "$DOTNET_SYSTEM_GLOBALIZATION_INVARIANT" = 1 ] || { echo "no valid ICU package" >&2; exit 134; }\n'
        f'exec {dotnet.program} "$@"\n'
    )
    program.chmod(0o755)
    host = start_host(dotnet._replace(program=program), files, facts_of_run, lambda: False)
    host.close()


def test_it_has_no_file_in_the_temporary_folder_and_no_debugger_s_name_for_its_children(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOTNET_EnableDiagnostics", raising=False)
    host = start()
    sockets = [path for path in Path("/tmp").glob("*") if str(host.pid) in path.name]
    assert sockets == []
    environment = Path(f"/proc/{host.pid}/environ").read_bytes().split(b"\0")
    assert {*marker_of(f"process-{os.getpid()}", HOST), *host.markers} <= set(environment)


def test_it_ends_when_its_engine_is_killed(dotnet: Dotnet, files: HostFiles, tmp_path: Path) -> None:
    script = """
import json, os, sys, time
from pathlib import Path
from wflow.runtimes.csharp_build import HostFiles
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_process import start_host
from wflow.runtimes.work import RunFacts
dotnet, files = (json.loads(text) for text in sys.argv[1:3])
dotnet = Dotnet(Path(dotnet[0]), Path(dotnet[1]), dotnet[2], Path(dotnet[3]))
host = start_host(dotnet, HostFiles(*map(Path, files)), RunFacts("killed", "f", Path("."), Path(".")), lambda: False)
print(host.pid, flush=True)
time.sleep(600)
"""
    arguments = [json.dumps([str(part) for part in what]) for what in (dotnet, files)]
    command = [sys.executable, "-c", script, *arguments]
    root = Path(__file__).resolve().parents[2]
    engine = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    assert facts(pid) is not None
    engine.kill()
    engine.wait()
    engine.stdout.close()
    deadline = time.monotonic() + 20
    while (now := facts(pid)) is not None and now.state not in "ZX":
        assert time.monotonic() < deadline, "the host goes on without its engine"
        time.sleep(0.01)
