from __future__ import annotations

from wflow.runtimes.work import Stop


def test_a_stop_is_asked_once_and_calls_back_once() -> None:
    stop, calls = Stop(), list[str]()
    stop.on_ask(lambda: calls.append("called"))
    assert not stop.asked
    stop.ask("timeout")
    stop.ask("cancel")
    assert (stop.asked, stop.reason, calls) == (True, "timeout", ["called"])


def test_who_comes_after_the_request_is_called_at_once() -> None:
    stop, calls = Stop(), list[str]()
    stop.ask("cancel")
    stop.on_ask(lambda: calls.append("called"))
    assert calls == ["called"]
    stop.on_ask(None)
    assert calls == ["called"]
