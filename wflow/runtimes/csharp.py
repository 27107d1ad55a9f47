"""Node type ``csharp``: a script, a script file, or a class of an assembly, in a host process that serves many nodes.

Scripts are compiled once and kept; a host runs one attempt at a time, and is ended when one is to stop or has broken
it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from wflow.errors import WflowError
from wflow.runtimes.capture import open_log
from wflow.runtimes.csharp_answer import died, outcome_of
from wflow.runtimes.csharp_build import HostFiles, build_host
from wflow.runtimes.csharp_dotnet import Dotnet, find_dotnet
from wflow.runtimes.csharp_pool import HostPool, Withdrawn
from wflow.runtimes.csharp_process import HostEnded, HostProcess, start_host
from wflow.runtimes.csharp_scripts import CompileFailed, Scripts
from wflow.runtimes.csharp_source import Program, read_script, script_program
from wflow.runtimes.environment import attempt_entries
from wflow.runtimes.leftovers import become_subreaper, resign_as_subreaper
from wflow.runtimes.masking import Masker, masker_for
from wflow.runtimes.process import Ended
from wflow.runtimes.refused import NotStarted, sentence
from wflow.runtimes.work import Expected, Failure, Outcome, RunFacts, Runtime, Work

__all__ = ["CSharpRuntime"]

#: Seconds between two looks at whether an attempt that waits for .NET was asked to stop.
_LOOK = 0.02

_CANCELLED = Outcome("cancelled")

#: The failure of a script whose assembly cannot be loaded: `host_programs.cs` names it so.
_UNLOADABLE = "Unloadable"


class _Kit:
    """What all C# nodes of a run share, once .NET is found and the host is built."""

    def __init__(self, run: RunFacts, stopped: Callable[[], bool]) -> None:
        self.dotnet: Dotnet = find_dotnet(os.environ)
        cache = (run.cache or run.folder) / "csharp"
        for path in (cache, run.folder, run.cwd or run.home, run.home):
            _check_text(path)
        self.files: HostFiles = build_host(self.dotnet, cache, stopped)

        def start(withdrawn: Callable[[], bool]) -> HostProcess:
            return start_host(self.dotnet, self.files, run, withdrawn)

        self.pool = HostPool(start)
        self.scripts = Scripts(self.files.scripts, start)

    def close(self) -> None:
        self.scripts.close()
        self.pool.close()


class CSharpRuntime(Runtime):
    """Runs the ``csharp`` nodes of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kit: _Kit | None = None
        self._error: WflowError | None = None
        self._made = threading.Event()
        self._threads: list[threading.Thread] = []
        self._running: dict[Work, HostProcess] = {}
        self._closed = False
        self._subreaper = False

    def expect(self, run: RunFacts, nodes: Sequence[Expected], width: int) -> None:
        """Find .NET, start hosts and compile what is missing, in the background."""

        def warm() -> None:
            self._made.wait()
            if self._kit is not None:
                self._kit.pool.grow(min(width, os.cpu_count() or 1))
                self._kit.scripts.expect(program for program in map(_expected(run), nodes) if program is not None)

        self._make(run)
        with self._lock:
            self._begin(warm)

    def _make(self, run: RunFacts) -> None:
        """Have the kit made, once; `_made` is set when it is there, or cannot be."""
        with self._lock:
            if not self._threads:
                self._begin(lambda: self._make_kit(run))

    def _begin(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what, name="csharp", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _make_kit(self, run: RunFacts) -> None:
        try:
            become_subreaper()
            self._subreaper = True
            self._kit = _Kit(run, lambda: self._closed)
        except WflowError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - whoever then runs a node is told
            self._error = NotStarted(f"the host of csharp nodes could not be made: {error}")
        finally:
            self._made.set()

    def run(self, work: Work) -> Outcome:
        """Execute one attempt; blocks until it, and all that it left running, has ended."""
        try:
            if work.stop.asked:
                return _CANCELLED
            masker = masker_for(work.run.secrets, work.env) if work.run.secrets else None
            kit = self._ready(work)
            path, program = self._program(kit, work)
            outcome = self._hosted(kit, work, path, program, masker)
            if program is not None and outcome.failure is not None and outcome.failure.type == _UNLOADABLE:
                # What was kept on the disk is damaged, or was removed meanwhile.
                kit.scripts.discard(program)
                outcome = self._hosted(kit, work, self._program(kit, work)[0], program, masker)
            return outcome
        except Withdrawn:
            return _CANCELLED
        except CompileFailed as error:
            return Outcome("failed", failure=error.failure)
        except WflowError as error:
            return Outcome("failed", failure=Failure(type(error).__name__, sentence(error)))
        except Exception as error:  # noqa: BLE001 - a full disk, a missing folder: the attempt has failed, the run goes on
            return Outcome("failed", failure=Failure(type(error).__name__, f"the script could not be run: {error}"))

    def _ready(self, work: Work) -> _Kit:
        if self._kit is None:
            self._make(work.run)
            while not self._made.wait(_LOOK):
                if work.stop.asked:
                    raise Withdrawn
            if self._kit is None:
                assert self._error is not None
                raise self._error
        return self._kit

    def _program(self, kit: _Kit, work: Work) -> tuple[Path, Program | None]:
        """What is executed: a compiled script, or an assembly with a class."""
        settings = work.settings
        if "assembly" in settings:
            return _assembly(work), None
        if "file" in settings:
            program = read_script(str(settings["file"]), work.run.home)
        else:
            program = script_program(str(settings["script"]), work.place("script"), work.address, work.run.home)
        return kit.scripts.ready(program, lambda: work.stop.asked), program

    def _hosted(self, kit: _Kit, work: Work, path: Path, program: Program | None, masker: Masker | None) -> Outcome:
        """Have a host execute it; afterwards the host is in the pool again, or gone."""
        request = _request(work, path, program, masker)
        host = self._host_for(kit, work, request)
        request["env"]["WFLOW_WORK"] = host.scratch
        try:
            with self._lock:
                self._running[work] = host
            host.empty_scratch()
            with _Logs(work) as logs:
                answer = _converse(host, work, {"run": request}, lambda: self._wake(work))
                if answer is None:
                    code = host.end(work.run.stop_grace) if host.woken else host.ended()
                    if work.stop.asked:
                        return _CANCELLED
                    return Outcome("failed", failure=died(work, logs.ended(code), host.last_words, masker))
                host.end_children()
                return outcome_of(work, answer, masker)
        except BaseException:
            # It may still be at work, and its next answer would not be for whoever has it next.
            host.wake(at_once=True)
            raise
        finally:
            work.stop.on_ask(None)
            with self._lock:
                del self._running[work]
            if host.usable:
                kit.pool.give_back(host)
            else:
                host.end()
                kit.pool.lost()

    @staticmethod
    def _host_for(kit: _Kit, work: Work, request: dict[str, Any]) -> HostProcess:
        """A host for the attempt: one that has not loaded another version of its assembly."""
        while True:
            host = kit.pool.take(lambda: work.stop.asked)
            if host.loaded.setdefault(request["program"], request["version"]) == request["version"]:
                return host
            host.close()
            kit.pool.lost()

    def _wake(self, work: Work, *, at_once: bool = False) -> None:
        with self._lock:
            host = self._running.get(work)
            if host is not None:
                host.wake(at_once=at_once)

    def abandon(self, work: Work) -> None:
        """Kill the attempt's host now, without the rest of the grace."""
        self._wake(work, at_once=True)

    def close(self) -> None:
        """End every host."""
        self._closed = True
        for thread in self._threads:
            thread.join()
        if self._kit is not None:
            self._kit.close()
        if self._subreaper:
            self._subreaper = False
            resign_as_subreaper()


def _converse(
    host: HostProcess, work: Work, message: dict[str, Any], wake: Callable[[], None]
) -> dict[str, Any] | None:
    """The answer; None where the host is gone, or was woken because the attempt is to stop."""
    try:
        work.stop.on_ask(wake)
        host.send(message)
        while (answer := host.receive()) is not None:
            if "progress" not in answer:
                return None if host.woken else answer
            work.progress(*answer["progress"])
    except HostEnded:
        pass
    return None


class _Logs:
    """The two logs of an attempt, which its host opens by their paths; empty ones are removed."""

    def __init__(self, work: Work) -> None:
        self._paths = (work.log + ".out", work.log + ".err")
        self._began = [0, 0]

    def __enter__(self) -> Self:
        for at, path in enumerate(self._paths):
            file = open_log(path)
            self._began[at] = os.fstat(file).st_size
            os.close(file)
        return self

    def __exit__(self, *_: object) -> None:
        for path in self._paths:
            try:
                if os.stat(path).st_size == 0:  # noqa: PTH116 - on the path of every script
                    os.unlink(path)  # noqa: PTH108
            except OSError:
                pass

    def ended(self, code: int) -> Ended:
        """How the host ended, as of a process of the attempt's own."""
        return Ended(code, *self._began)


def _check_text(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise NotStarted(
            f"csharp nodes cannot work in {shown}: .NET takes no path that is not in UTF-8", cure="rename the folder"
        ) from None


def _assembly(work: Work) -> Path:
    name, kind = str(work.settings["assembly"]), work.settings.get("class")
    path = (work.run.home / name).absolute()
    if not path.is_file():
        raise NotStarted(f"the assembly `{name}` is not there")
    if not kind:
        raise NotStarted(f"the node names no class of `{name}`", cure="say which, as `class: Namespace.Name`")
    return path


def _request(work: Work, path: Path, program: Program | None, masker: Masker | None) -> dict[str, Any]:
    """What the host is told. Of a script that mentions no variable, parameter or input they stay here."""
    # What a script loads may mention anything.
    source = program.source if program is not None and "#load" not in program.source else None

    def told(word: str, values: Any) -> dict[str, Any]:
        return dict(values) if source is None or word in source else {}

    request: dict[str, Any] = {
        "program": str(path),
        "version": "",
        "references": list(program.references) if program is not None else [],
        "run_id": work.run.id,
        "folder": str((work.run.cwd or work.run.home).absolute()),
        "out": str(Path(work.log + ".out").absolute()),
        "err": str(Path(work.log + ".err").absolute()),
        "env": {_text(name): _text(value) for name, value in attempt_entries(work).items()},
        "secrets": list(masker.values) if masker is not None else [],
        "input": told("Input", work.input),
        "variables": told("Global", work.variables),
        "params": told("Param", work.params),
    }
    if program is None:
        status = path.stat()
        request["class"] = str(work.settings["class"])
        request["version"] = f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"
    return request


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _expected(run: RunFacts) -> Callable[[Expected], Program | None]:
    """The program of a node that a run may come to; None of one that is known later, or has none to compile."""

    def program(node: Expected) -> Program | None:
        settings = node.settings
        if "script" in settings:
            return script_program(str(settings["script"]), node.place("script"), node.name, run.home)
        name = settings.get("file")
        if not isinstance(name, str) or "${{" in name:
            return None
        try:
            return read_script(name, run.home)
        except NotStarted:
            return None

    return program
