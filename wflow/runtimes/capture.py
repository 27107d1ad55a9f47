"""What a script in a thread prints goes into the log of its attempt, though scripts run side by side.

``sys.stdout`` and ``sys.stderr`` are replaced, once for all runs of the process, by streams that look up whose thread
writes; other threads reach the streams that were there before. A thread that a script starts belongs to the same
attempt. What a child process of such a script prints goes where the engine's own streams go, unless the script hands
it ``stdout=sys.stdout``.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wflow.runtimes.masking import Masker

__all__ = ["Printed", "current", "install", "keep_installed", "open_log", "redirecting", "uninstall"]

#: Characters of an unfinished line that are held back until it ends.
_PENDING = 8192

_SUFFIXES = (".out", ".err")


class _Current(threading.local):
    printed: Printed | None = None


class Printed:
    """The two logs of an attempt, each made when something is first written to it and flushed with every line.

    ``used`` says whether anything was printed. Safe to use from several threads.
    """

    __slots__ = ("_closed", "_files", "_lock", "_log", "_masker", "_pending", "used")

    def __init__(self, log: str, masker: Masker | None) -> None:
        self._log = log
        self._masker = masker
        self.used = False
        self._closed = False

    def _start(self) -> None:
        with _starting:
            if not self.used:
                self._lock = threading.Lock()
                self._files: list[int | None] = [None, None]
                self._pending = ["", ""]
                self.used = True

    def write(self, which: int, text: str) -> None:
        """Take text for the standard output (0) or error (1). Raises OSError where the log cannot be written."""
        if not self.used:
            self._start()
        with self._lock:
            text = self._pending[which] + text
            if self._masker is not None:
                text = self._masker.text(text)
            end = text.rfind("\n") + 1
            if not end and len(text) > _PENDING:
                # A secret may stand across the cut; it is at most this long.
                end = len(text) - (self._masker.longest if self._masker is not None else 0)
            if self._closed:
                end = len(text)
            self._pending[which] = text[end:]
            if end > 0:
                self._put(which, text[:end].encode("utf-8", "backslashreplace"))

    def write_bytes(self, which: int, data: bytes) -> None:
        """Take bytes as they are, after the text before them; masked where they are text."""
        self.flush(which)
        if self._masker is not None:
            data = self._masker.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        with self._lock:
            self._put(which, data)

    def flush(self, which: int) -> None:
        """Write the unfinished line too."""
        if not self.used:
            self._start()
        with self._lock:
            text, self._pending[which] = self._pending[which], ""
            if text:
                self._put(which, text.encode("utf-8", "backslashreplace"))

    def descriptor(self, which: int) -> int:
        """The log's file descriptor, open until `close`."""
        self.flush(which)
        with self._lock:
            return self._opened(which)

    def close(self) -> None:
        """Write what is pending and close the files. What a thread left running writes later is still appended.

        Raises OSError where it cannot be written.
        """
        if not self.used:
            return
        try:
            self.flush(0)
            self.flush(1)
        finally:
            with self._lock:
                self._closed = True
                self._close_files()

    def _close_files(self) -> None:
        for which, file in enumerate(self._files):
            if file is not None:
                os.close(file)
                self._files[which] = None

    def _opened(self, which: int) -> int:
        file = self._files[which]
        if file is None:
            file = self._files[which] = open_log(self._log + _SUFFIXES[which])
        return file

    def _put(self, which: int, data: bytes) -> None:
        file = self._opened(which)
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        if self._closed:
            self._close_files()


_starting = threading.Lock()

#: ``current.printed`` is the `Printed` of the attempt that runs in this thread, or None.
current = _Current()


def open_log(path: str) -> int:
    """A descriptor that appends to a log file; file and folder are made where they are missing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o600)


def _mine() -> Printed | None:
    printed = current.printed
    if printed is None:
        printed = threading.current_thread().__dict__.get("_wflow_printed")
    return printed


class _Binary(io.RawIOBase):
    """``sys.stdout.buffer`` of a script."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        printed = _mine()
        if printed is None:
            return int(self._stream.before.buffer.write(data))
        whole = bytes(data)
        printed.write_bytes(self._stream.which, whole)
        return len(whole)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()


class _Stream(io.TextIOBase):
    """A standard stream that goes to the attempt whose thread writes, else to the stream that was there ``before``."""

    def __init__(self, which: int, before: Any) -> None:
        self.which = which
        self.before = before

    def write(self, text: str) -> int:
        printed = _mine()
        if printed is None:
            return int(self.before.write(text) or 0)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        printed.write(self.which, text)
        return len(text)

    def flush(self) -> None:
        printed = _mine()
        if printed is not None:
            if printed.used:
                printed.flush(self.which)
        elif self.before is not None:
            self.before.flush()

    def fileno(self) -> int:
        printed = _mine()
        return int(self.before.fileno()) if printed is None else printed.descriptor(self.which)

    def isatty(self) -> bool:
        return _mine() is None and bool(self.before.isatty())

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing: it is not the script's to close."""

    @property
    def buffer(self) -> Any:
        return _Binary(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8" if _mine() is not None else self.before.encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "backslashreplace" if _mine() is not None else self.before.errors

    def __getattr__(self, name: str) -> Any:
        # What a caller outside of a script may want of the real stream, such as `reconfigure`.
        return getattr(self.__dict__["before"], name)


class _Installed:
    """The replacement of the process's streams, counted: the last run to end gives them back."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users = 0
        self.redirecting = 0
        self.streams: tuple[_Stream, _Stream] | None = None
        self.start: Callable[..., None] | None = None
        self.own_start: Callable[..., None] | None = None


_installed = _Installed()


def install() -> None:
    """Replace the standard streams; once, however often it is called. Each call needs its `uninstall`."""
    with _installed.lock:
        _installed.users += 1
        if _installed.streams is None:
            _put_in()


def _put_in() -> None:
    _installed.streams = (_Stream(0, sys.stdout), _Stream(1, sys.stderr))
    sys.stdout, sys.stderr = _installed.streams
    start = _installed.start = threading.Thread.start

    def start_thread(thread: threading.Thread) -> None:
        printed = _mine()
        if printed is not None:
            thread.__dict__["_wflow_printed"] = printed
        start(thread)

    _installed.own_start = start_thread
    threading.Thread.start = start_thread  # type: ignore[assignment, method-assign]


def uninstall() -> None:
    """Take back one `install`; with the last, the streams are those of before (unless someone replaced them since)."""
    with _installed.lock:
        _installed.users -= 1
        if _installed.users or _installed.streams is None:
            return
        out, err = _installed.streams
        if sys.stdout is out:
            sys.stdout = out.before
        if sys.stderr is err:
            sys.stderr = err.before
        if threading.Thread.start is _installed.own_start and _installed.start is not None:
            threading.Thread.start = _installed.start  # type: ignore[method-assign]
        _installed.streams = None


def keep_installed() -> None:
    """Put the streams back in place where something has replaced them and no script that may is running."""
    streams = _installed.streams
    if streams is None or (sys.stdout is streams[0] and sys.stderr is streams[1]):
        return
    with _installed.lock:
        if not _installed.redirecting and _installed.streams is not None:
            sys.stdout, sys.stderr = _installed.streams


def redirecting(by: int) -> None:
    """A script that may replace the streams itself starts (1) or has ended (-1)."""
    with _installed.lock:
        _installed.redirecting += by
    keep_installed()
