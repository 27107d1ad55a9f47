"""Work at once, in the thread that submits it: for tests, where one thing after the other is what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

__all__ = ["InlineBackend"]

P = ParamSpec("P")
T = TypeVar("T")


class InlineBackend(Executor):
    """Executes a function when it is submitted; its future is done when `submit` returns."""

    def __init__(self) -> None:
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Execute ``fn`` now. Raises RuntimeError after `shutdown`; what ``fn`` raises is in the future."""
        if self._closed:
            raise RuntimeError("the backend is shut down")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more."""
        self._closed = True
