"""What every backend promises: it is an executor of the standard library's kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, wait

import pytest

from wflow.backends.inline import InlineBackend
from wflow.backends.threads import ThreadBackend


@pytest.fixture(
    params=[InlineBackend, lambda: ThreadBackend(1), lambda: ThreadBackend(4)], ids=["inline", "one", "four"]
)
def backend(request: pytest.FixtureRequest) -> Iterator[Executor]:
    make: Callable[[], Executor] = request.param
    made = make()
    yield made
    made.shutdown()


def test_a_function_gets_its_arguments_and_its_result_comes_back(backend: Executor) -> None:
    assert backend.submit(int, "ff", base=16).result(5) == 255


def test_what_is_raised_is_in_the_future(backend: Executor) -> None:
    def leave() -> None:
        raise SystemExit(3)

    assert isinstance(backend.submit(int, "x").exception(5), ValueError)
    assert isinstance(backend.submit(leave).exception(5), SystemExit)
    assert backend.submit(int).result(5) == 0


def test_everything_that_was_submitted_is_executed_once(backend: Executor) -> None:
    done: list[int] = []
    futures = [backend.submit(done.append, number) for number in range(500)]
    wait(futures, 10)
    assert sorted(done) == list(range(500))


def test_map_keeps_the_order(backend: Executor) -> None:
    assert list(backend.map(lambda n: n * n, range(50))) == [n * n for n in range(50)]


def test_it_is_a_context_that_waits_for_its_work(backend: Executor) -> None:
    with backend:
        future = backend.submit(sum, range(1000))
    assert future.done()


def test_nothing_is_taken_after_the_shutdown_which_may_come_twice(backend: Executor) -> None:
    backend.shutdown()
    backend.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(RuntimeError, match="shut down"):
        backend.submit(int)
