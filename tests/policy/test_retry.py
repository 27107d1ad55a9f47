"""`wflow.policy.retry`: which errors are tried again, and after how long."""

from __future__ import annotations

import pytest

from wflow.model import Retry
from wflow.policy.retry import delay_before, wants_retry


@pytest.mark.parametrize(
    ("on", "not_on", "error", "exit_code", "wanted"),
    [
        ((), (), "ValueError", None, True),
        (("TimeoutError",), (), "TimeoutError", None, True),
        (("TimeoutError",), (), "ValueError", None, False),
        (("exit:75",), (), "ExitCode", 75, True),
        (("exit:75",), (), "ExitCode", 1, False),
        ((), ("exit:2",), "ExitCode", 2, False),
        (("ExitCode",), ("exit:2",), "ExitCode", 2, False),
        (("ExitCode",), ("exit:2",), "ExitCode", 3, True),
    ],
)
def test_on_and_not_on_choose_the_errors(
    on: tuple[str, ...], not_on: tuple[str, ...], error: str, exit_code: int | None, wanted: bool
) -> None:
    assert wants_retry(Retry(on=on, not_on=not_on), error, exit_code) is wanted


@pytest.mark.parametrize(
    ("strategy", "delays"),
    [("fixed", [2, 2, 2, 2]), ("linear", [2, 4, 6, 8]), ("exponential", [2, 6, 10, 10])],
)
def test_delays_grow_by_their_strategy_up_to_the_cap(strategy: str, delays: list[float]) -> None:
    retry = Retry(strategy=strategy, initial_delay=2, multiplier=3, max_delay=10, jitter=0)
    assert [delay_before(retry, attempt, "a#1") for attempt in (1, 2, 3, 4)] == delays


def test_jitter_spreads_within_its_share_and_is_the_same_each_time() -> None:
    retry = Retry(strategy="fixed", initial_delay=10, jitter=0.25)
    delays = [delay_before(retry, 1, f"node{n}#1") for n in range(200)]
    assert min(delays) >= 7.5 and max(delays) <= 12.5 and max(delays) - min(delays) > 3
    assert delays == [delay_before(retry, 1, f"node{n}#1") for n in range(200)]


def test_a_delay_stays_a_number_after_a_great_many_attempts() -> None:
    retry = Retry(strategy="exponential", initial_delay=1, multiplier=1e300, max_delay=60, jitter=0)
    assert delay_before(retry, 100_000, "a#1") == 60
