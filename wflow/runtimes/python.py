"""Node type ``python``: a script, a file or a function, in a thread of the engine or in an interpreter of its own.

A script is run as ``python file`` would run it (``__name__`` is ``"__main__"``), with the names of the file format's
table as globals. In a thread it shares the process: the current folder is put back after a script that changes it,
``os.environ`` is everyone's (the node's ``env`` is in the mapping ``env``), a thread or child process that it leaves
running goes on, and ``os._exit`` ends the engine. ``isolation: process`` is for scripts that need more.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from wflow.errors import WflowError
from wflow.runtimes import capture
from wflow.runtimes.capture import Printed, current
from wflow.runtimes.context import Context
from wflow.runtimes.interrupt import Guard, Stopped
from wflow.runtimes.masking import Masker, masker_for
from wflow.runtimes.output import plain
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.script import Script, compile_script, forget
from wflow.runtimes.work import Failure, Outcome, Runtime, Work

__all__ = ["PythonRuntime"]

_CANCELLED = Outcome("cancelled")
_COMPLETED = Outcome("completed")


class PythonRuntime(Runtime):
    """Runs the ``python`` nodes of a run. Scripts are compiled once for each source, functions looked up once."""

    def __init__(self, main: ModuleType | None = None) -> None:
        """With ``main``, scripts run in that module's globals: for a process that runs one script."""
        self._main = main
        self._scripts: dict[str, Script] = {}
        self._files: dict[str, tuple[tuple[int, int, int], Script]] = {}
        self._running: dict[Work, Guard] = {}
        self._homes: set[Path] = set()
        self._callables: Any = None
        self._isolated: Any = None
        self._open = False
        # Attempts begin on many threads at once; what they share is made by one of them.
        self._lock = threading.Lock()

    def run(self, work: Work) -> Outcome:
        """Execute one attempt: in this thread, or with ``isolation: process`` in an interpreter of its own."""
        settings = work.settings
        if settings.get("isolation") == "process":
            return self._in_process(work)
        run = work.run
        if not self._open or run.home not in self._homes:
            self._prepare(run.home)
        masker = masker_for(run.secrets, work.env) if run.secrets else None
        source = settings.get("script")
        script = self._scripts.get(source) if source is not None else None
        capture.keep_installed()
        printed = current.printed = Printed(work.log, masker)
        try:
            if script is None and source is not None:
                script = self._scripts[source] = compile_script(source, work.address)
            if script is None and "file" in settings:
                script = self._file(settings["file"], work)
            if script is not None:
                return self._script(script, work, masker)
            return self._call(str(settings.get("call")), work, masker)
        except BaseException as error:  # noqa: BLE001 - whatever a script's source or module does, the attempt has failed
            return _failed(error, masker, address=work.address)
        finally:
            current.printed = None
            if printed.used:
                _close(printed)

    def _prepare(self, home: Path) -> None:
        with self._lock:
            if self._callables is None:
                from wflow.runtimes.callables import Callables

                self._callables = Callables()
            self._callables.use(home)
            self._homes.add(home)
            if not self._open:
                capture.install()
                self._open = True

    def _in_process(self, work: Work) -> Outcome:
        with self._lock:
            if self._isolated is None:
                from wflow.runtimes.isolated import IsolatedPython

                self._isolated = IsolatedPython()
        outcome: Outcome = self._isolated.run(work)
        return outcome

    def _file(self, name: str, work: Work) -> Script:
        path = str(work.run.home / name)
        try:
            status = os.stat(path)  # noqa: PTH116 - half the time, for each run of a file
            now = (status.st_mtime_ns, status.st_size, status.st_ino)
            kept = self._files.get(path)
            if kept is not None and kept[0] == now:
                return kept[1]
            from importlib.util import decode_source

            source = decode_source(Path(path).read_bytes())
        except OSError as error:
            raise NotStarted(f"the script `{name}` cannot be read: {error.strerror}") from None
        except (UnicodeDecodeError, SyntaxError):
            raise NotStarted(f"the script `{name}` is not in the encoding that it says, or not in UTF-8") from None
        script = compile_script(source, work.address, path)
        self._files[path] = (now, script)
        return script

    def _script(self, script: Script, work: Work, masker: Masker | None) -> Outcome:
        namespace = script.namespace()
        if self._main is not None:
            self._main.__dict__.update(namespace)
            namespace = self._main.__dict__
        context = None
        if script.needs:
            context = Context(work, masker)
            for name in script.needs:
                namespace[name] = getattr(context, name)
        folder = os.getcwd() if script.changes_folder else None  # noqa: PTH109 - a string, for chdir
        if script.redirects:
            capture.redirecting(1)
        try:
            value, error = self._guarded(script.execute, namespace, script.cooperative, work)
        finally:
            if script.redirects:
                capture.redirecting(-1)
            if folder is not None:
                os.chdir(folder)
        if error is not None or work.stop.asked:
            return _ended(error, work, masker, script.filename)
        return _outcome(namespace.get("output"), value, context, masker)

    def _call(self, call: str, work: Work, masker: Masker | None) -> Outcome:
        function = self._callables.find(call, work.run.home)
        context = Context(work, masker)
        code = getattr(function, "__code__", None)
        cooperative = code is not None and "cancelled" in code.co_names
        value, error = self._guarded(function, context, cooperative, work)
        if error is not None or work.stop.asked:
            return _ended(error, work, masker, None)
        return _outcome(context.__dict__.get("output"), value, context, masker)

    def _guarded(
        self, function: Callable[[Any], Any], argument: Any, cooperative: bool, work: Work
    ) -> tuple[Any, BaseException | None]:
        """What the function returned or raised; once this returns, no `Stopped` can arrive any more."""
        value: Any = None
        failed: BaseException | None = None
        guard = self._running[work] = Guard(cooperative=cooperative, grace=work.run.stop_grace)
        try:
            try:
                work.stop.on_ask(guard.ask)
                if not work.stop.asked:
                    value = function(argument)
            except BaseException as error:  # noqa: BLE001 - also SystemExit, KeyboardInterrupt: it is the script's
                # `sys.exit()` is an end like any other.
                failed = None if isinstance(error, SystemExit) and error.code in {None, 0} else error
            guard.leave()
        except Stopped:
            guard.leave_stopped()
        del self._running[work]
        return value, failed

    def abandon(self, work: Work) -> None:
        """Kill the attempt's process, or raise `Stopped` in its thread even if it asks `cancelled()`; a thread that
        waits in a system call sees it when that returns.
        """
        guard = self._running.get(work)
        if guard is not None:
            guard.force()
        elif self._isolated is not None:
            self._isolated.abandon(work)

    def close(self) -> None:
        """Give the standard streams and ``sys.path`` back, and forget the scripts."""
        if self._open:
            self._open = False
            capture.uninstall()
        if self._callables is not None:
            self._callables.close()
        for script in self._scripts.values():
            forget(script.filename)
        self._scripts.clear()
        self._files.clear()
        self._homes.clear()
        if self._isolated is not None:
            self._isolated.close()


def _close(printed: Printed) -> None:
    try:
        printed.close()
    except OSError:
        # The disk is full: the attempt's result is worth more than the last line it printed.
        pass


def _log_failure(printed: Printed, error: BaseException, failure: Failure) -> None:
    """End the log of errors as an interpreter would: with the traceback, or with what was given to ``sys.exit``."""
    text = failure.traceback or f"{failure.type}: {failure.message}"
    if isinstance(error, SystemExit):
        text = "" if isinstance(error.code, int) else failure.message
    if text:
        try:
            printed.flush(1)
            printed.write(1, f"{text.rstrip()}\n")
        except OSError:
            # As in `_close`.
            pass


def _ended(error: BaseException | None, work: Work, masker: Masker | None, filename: str | None) -> Outcome:
    if work.stop.asked or isinstance(error, Stopped):
        return _CANCELLED
    assert error is not None
    return _failed(error, masker, filename=filename, address=work.address)


def _failed(error: BaseException, masker: Masker | None, *, filename: str | None = None, address: str = "") -> Outcome:
    from wflow.runtimes.faults import failure_of

    failure = failure_of(error, masker, filename=filename, address=address)
    # Its frames hold the script's values, and this frame holds it.
    error.__traceback__ = None
    if current.printed is not None:
        _log_failure(current.printed, error, failure)
    return Outcome("failed", failure=failure)


def _outcome(output: Any, value: Any, context: Context | None, masker: Masker | None) -> Outcome:
    """The outcome of a script that ended without an error, by what it left in ``output`` and what it returned."""
    if output is None and value is None and context is None:
        return _COMPLETED
    try:
        written = _mapping(output, "`output` is", "output")
        if value is not None:
            written.update(_mapping(value, "what was returned is", "return"))
        variables = context.__dict__.get("variables") if context is not None else None
        operations = tuple(variables.operations) if variables is not None else ()
    except (WflowError, TypeError) as error:
        return _failed(error, masker)
    if masker is not None:
        written = masker.value(written)
        operations = tuple((op, name, masker.value(change)) for op, name, change in operations)
    return Outcome("completed", written, operations)


def _mapping(value: Any, what: str, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        if hasattr(value, "close") and hasattr(value, "cr_frame"):
            value.close()
        raise TypeError(f"{what} of type {type(value).__name__}, and only a mapping can be the node's output")
    written: dict[str, Any] = plain(value, "") if value else {}
    return written
