"""What the same work costs with next to nothing around it: the floor beside each measurement."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RECORD = b'{"n":123456,"v":1,"crc":"0123abcd","e":[["completed","step-0500#1",0.0001,{"x":1}]],"t":1700000000.123456}\n'


def import_typer() -> float:
    """Seconds of ``python -c "import typer"`` in a fresh process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import typer"], check=True)
    return time.perf_counter() - start


def bare_pool(count: int, workers: int) -> float:
    """Seconds for ``count`` no-op scripts on a ThreadPoolExecutor, between one before them all and one after.

    A counter under a lock says when the last may start: all that a scheduler needs to know here.
    """
    code = compile("pass", "<node>", "exec")
    left = count
    lock = threading.Lock()
    done = threading.Event()

    def node() -> None:
        exec(code, {})

    def ended(_: object) -> None:
        nonlocal left
        with lock:
            left -= 1
            last = left == 0
        if last:
            pool.submit(node).add_done_callback(lambda _: done.set())

    with ThreadPoolExecutor(workers) as pool:
        start = time.perf_counter()
        pool.submit(node).result()
        for _ in range(count):
            pool.submit(node).add_done_callback(ended)
        done.wait()
        return time.perf_counter() - start


def synced_writes(count: int, folder: Path) -> float:
    """Seconds for ``count`` times a bare write of a record and fdatasync, on the disk that the runs are on."""
    path = folder / "floor"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        start = time.perf_counter()
        for _ in range(count):
            os.write(file, RECORD)
            os.fdatasync(file)
        return time.perf_counter() - start
    finally:
        os.close(file)
        path.unlink()


def gnu_make(count: int, folder: Path) -> float:
    """Seconds of GNU make on ``count`` targets in a chain, each running ``true``. Raises where there is no make."""
    names = [f"t{number}" for number in range(count)]
    rules = [f"{name}: {before}\n\t@true\n" for name, before in zip(names, ["", *names], strict=False)]
    path = folder / "floor.mk"
    path.write_text(f".PHONY: all {' '.join(names)}\nall: {names[-1]}\n{''.join(rules)}", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL"}}
    start = time.perf_counter()
    subprocess.run(["make", "-s", "-f", path], env=environment, check=True)
    return time.perf_counter() - start
