"""Work on threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

__all__ = ["ThreadBackend"]

P = ParamSpec("P")
T = TypeVar("T")

#: What waits for a worker: the future, the function, its arguments. None tells a worker to leave.
_Item = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]] | None


class ThreadBackend(Executor):
    """At most ``workers`` functions at once, each in a thread; threads are made when they are needed.

    Unlike the library's pool it does not keep the process from leaving while a function is stuck, and can do without
    the thread that is.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError("a pool needs one worker at least")
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._lock = threading.Lock()
        # As many permits as there are idle threads: one that is taken stands for the thread that will take the work.
        self._idle = threading.Semaphore(0)
        self._limit = workers
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Execute ``fn`` in a thread, in the order of submission. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is shut down")
            self._queue.put((future, fn, args, kwargs))
            if not self._idle.acquire(blocking=False):
                self._add_thread()
        return future

    def _add_thread(self) -> None:
        number = len(self._threads) + 1
        if number > self._limit:
            return
        # A daemon: one that is stuck in a script must not keep the process from leaving.
        thread = threading.Thread(target=self._work, name=f"wflow-worker-{number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        get, idle = self._queue.get, self._idle
        while True:
            item = get()
            if item is None:
                return
            _execute(*item)
            # Else this frame keeps the last work's values until there is more.
            del item
            idle.release()

    def replace_lost(self) -> None:
        """One thread is stuck: what waits, and what is yet to come, gets another in its place."""
        with self._lock:
            self._limit += 1
            if not self._closed and not self._queue.empty():
                self._add_thread()

    def close(self) -> None:
        """`shutdown` without waiting for anything."""
        self.shutdown(wait=False, cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; threads leave once the queue is empty, and ``wait`` waits for them.

        ``cancel_futures`` cancels what no thread has begun.
        """
        with self._lock:
            self._closed = True
            if cancel_futures:
                self._cancel_waiting()
            for _ in self._threads:
                self._queue.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _cancel_waiting(self) -> None:
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return
            if item is not None:
                item[0].cancel()


def _execute(future: Future[Any], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's
        future.set_exception(error)
    else:
        future.set_result(result)
