from __future__ import annotations

import threading

from wflow.backends.inline import InlineBackend


def test_work_is_done_in_the_thread_that_submits_it() -> None:
    future = InlineBackend().submit(threading.get_ident)
    assert future.done()
    assert future.result() == threading.get_ident()
