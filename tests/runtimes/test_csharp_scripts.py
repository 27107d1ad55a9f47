"""`wflow.runtimes.csharp_scripts`: compiled once, kept on the disk, compiled anew where something is wrong."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow.runtimes import csharp_scripts
from wflow.runtimes.csharp_build import HostFiles, build_host
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_pool import Withdrawn
from wflow.runtimes.csharp_process import HostProcess, start_host
from wflow.runtimes.csharp_scripts import CompileFailed, Scripts
from wflow.runtimes.csharp_source import Program, script_program
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Place, RunFacts


def no() -> bool:
    return False


def program(text: str) -> Program:
    return script_program(text, Place("flow.yaml", 3, 4), "a", Path("/"))


class Bench:
    """Scripts in a folder of their own, and the hosts that were started for them."""

    def __init__(self, dotnet: Dotnet, files: HostFiles, folder: Path) -> None:
        self.folder = folder
        self.hosts: list[HostProcess] = []
        facts = RunFacts(f"scripts-{os.getpid()}", "flow", folder, folder)

        def start(stopped: Callable[[], bool]) -> HostProcess:
            self.hosts.append(start_host(dotnet, files, facts, stopped))
            return self.hosts[-1]

        self.start = start
        self.scripts = Scripts(folder, start)


@pytest.fixture
def bench(dotnet: Dotnet, csharp_cache: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(dotnet, build_host(dotnet, csharp_cache), tmp_path)
    yield made
    made.scripts.close()


def test_a_script_is_compiled_once_and_kept(bench: Bench) -> None:
    path = bench.scripts.ready(program("return 1;"), no)
    assert path.read_bytes()[:2] == b"MZ"
    assert path.with_suffix(".pdb").read_bytes()[:4] == b"BSJB"
    written = path.stat().st_mtime_ns
    assert bench.scripts.ready(program("return 1;"), no) == path
    assert path.stat().st_mtime_ns == written
    assert len(bench.hosts) == 1


def test_what_is_on_the_disk_needs_no_compiler(bench: Bench) -> None:
    bench.scripts.ready(program("return 1;"), no)
    later = Scripts(bench.folder, bench.start)
    later.expect([program("return 1;")])
    later.ready(program("return 1;"), no)
    later.close()
    assert len(bench.hosts) == 1


def test_what_is_expected_is_compiled_without_being_asked_for(bench: Bench) -> None:
    expected = [program(f"return {number};") for number in range(3)]
    bench.scripts.expect(expected)
    deadline = time.monotonic() + 60
    while not all(bench.scripts.path_of(one).exists() for one in expected):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_many_who_want_one_script_have_it_compiled_once(bench: Bench) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(bench.scripts.ready(program("return 7;"), no))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 6


def test_errors_tell_file_line_column_and_code(bench: Bench) -> None:
    with pytest.raises(CompileFailed) as caught:
        bench.scripts.ready(program("int x = 1\nreturn y;"), no)
    failure = caught.value.failure
    assert failure.type == "CompilationErrorException"
    assert failure.message == "flow.yaml:3:14: CS1002: ; expected (and 1 more)"
    assert failure.traceback.splitlines()[1] == (
        "flow.yaml:4:12: CS0103: The name 'y' does not exist in the current context"
    )
    with pytest.raises(CompileFailed):
        bench.scripts.ready(program("int x = 1\nreturn y;"), no)


def test_an_error_in_another_file_is_told_where_it_is(bench: Bench) -> None:
    (bench.folder / "lib.csx").write_text("int F() => nothing;")
    with pytest.raises(CompileFailed, match=r"lib\.csx:1:12: CS0103"):
        bench.scripts.ready(script_program('#load "lib.csx"\nF();', None, "a", bench.folder), no)


def test_a_compiler_that_is_killed_is_replaced(bench: Bench) -> None:
    bench.scripts.ready(program("return 1;"), no)
    os.kill(bench.hosts[0].pid, signal.SIGKILL)
    bench.scripts.ready(program("return 2;"), no)
    assert len(bench.hosts) == 2


def test_a_compiler_that_a_script_breaks_is_not_tried_again_and_its_words_are_told(bench: Bench) -> None:
    def start(stopped: Callable[[], bool]) -> HostProcess:
        host = bench.start(stopped)
        host.end()
        host.last_words = "Stack overflow.\n   at Microsoft.CodeAnalysis"
        return host

    scripts = Scripts(bench.folder, start)
    with pytest.raises(NotStarted, match=r"the C# compiler ended without an answer: Stack overflow\.$"):
        scripts.ready(program("return 1;"), no)
    assert len(bench.hosts) == 1
    scripts.close()


def test_who_is_asked_to_stop_waits_no_longer(bench: Bench) -> None:
    with pytest.raises(Withdrawn):
        bench.scripts.ready(program("return 1;"), lambda: True)


def test_a_folder_that_cannot_be_written_is_told(bench: Bench) -> None:
    gone = Scripts(bench.folder / "gone", bench.start)
    with pytest.raises(NotStarted, match="could not be compiled: Could not find a part of the path"):
        gone.ready(program("return 1;"), no)
    (bench.folder / "gone").mkdir()
    assert gone.ready(program("return 1;"), no).exists()
    gone.close()


def test_without_a_host_each_who_wants_a_script_hears_why(tmp_path: Path) -> None:
    def start(_: Callable[[], bool]) -> HostProcess:
        raise NotStarted("no luck")

    scripts = Scripts(tmp_path, start)
    for _ in range(2):
        with pytest.raises(NotStarted, match="no luck"):
            scripts.ready(program("return 1;"), no)
    scripts.close()


def test_of_too_many_the_older_half_goes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csharp_scripts, "MOST_KEPT", 10)
    for number in range(12):
        for suffix in (".dll", ".pdb"):
            path = bench.folder / f"{number:02}{suffix}"
            path.touch()
            os.utime(path, (number, number))
    bench.scripts.ready(program("return 1;"), no)
    left = sorted(path.stem for path in bench.folder.glob("[01]?.dll"))
    assert left == ["06", "07", "08", "09", "10", "11"]
    assert sorted(path.stem for path in bench.folder.glob("[01]?.pdb")) == left


def test_closing_while_it_compiles_ends_it_at_once(bench: Bench) -> None:
    bench.scripts.expect([program(f"return {number};") for number in range(50)])
    began = time.monotonic()
    bench.scripts.close()
    assert time.monotonic() - began < 20
    with pytest.raises(Withdrawn):
        bench.scripts.ready(program("return 49;"), no)
