"""The other side of `isolated`: runs one attempt in this interpreter, which exists for nothing else."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from wflow.runtimes.isolated import RESULT
from wflow.runtimes.python import PythonRuntime
from wflow.runtimes.work import RunFacts, Stop, Work

__all__ = ["main"]


class _SignalledStop(Stop):
    """A request that comes by signal: taken in the thread that may hold the lock, so without one."""

    __slots__ = ()

    def ask(self, reason: str) -> None:
        if not self._asked:
            self.reason = reason
            self._asked = True
            if self._callback is not None:
                self._callback()


def main(path: str) -> None:
    """Run the attempt that the JSON file describes and write its outcome beside it. Ends the process."""
    job = json.loads(Path(path).read_bytes())
    stop = _SignalledStop()

    def terminate(_number: int, _frame: FrameType | None) -> None:
        stop.ask("cancel")

    signal.signal(signal.SIGTERM, terminate)
    _leave_term_to_forks()
    work = _work(job, stop)
    # The script is this process's main module, as for `python file`: multiprocessing and pickle look for it there.
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    runtime = PythonRuntime(module)
    outcome = runtime.run(work)
    result: dict[str, Any] = outcome._asdict()
    text = json.dumps(result, ensure_ascii=False)
    target = Path(work.scratch) / RESULT
    target.with_suffix(".new").write_text(text, encoding="utf-8")
    target.with_suffix(".new").replace(target)
    # What a script asked to be done at the end is done; threads that it left running are not waited for.
    atexit._run_exitfuncs()
    runtime.close()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(0)


def _leave_term_to_forks() -> None:
    """What the script forks (a pool of multiprocessing) ends at TERM: the request is for this process alone.

    TERM is held back meanwhile: one that came to the child before it has its own handler would be lost.
    """
    term = {signal.SIGTERM}

    def after_in_child() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, term)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, term),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, term),
        after_in_child=after_in_child,
    )


def _work(job: dict[str, Any], stop: Stop) -> Work:
    facts = job.pop("run")
    progress_file = os.environ["WFLOW_PROGRESS"]

    def progress(percent: float, message: str) -> None:
        with Path(progress_file).open("a", encoding="utf-8") as file:
            file.write(f"{percent:g} {' '.join(message.split())}\n")

    return Work(
        run=RunFacts(
            facts["id"],
            facts["workflow"],
            Path(facts["home"]),
            Path(facts["folder"]),
            tuple(facts["secrets"]),
            facts["stop_grace"],
        ),
        type="python",
        stop=stop,
        progress=progress,
        **job,
    )
