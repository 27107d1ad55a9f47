"""`wflow.policy.rate`: the token bucket."""

from __future__ import annotations

import pytest

from wflow.model import Rate
from wflow.policy.rate import refill

TEN = Rate(count=10, per=1)


@pytest.mark.parametrize(
    ("bucket", "now", "tokens", "wait"),
    [
        (None, 0.0, 10, 0),
        ((0.0, 100.0), 100.0, 0, 0.1),
        ((0.0, 100.0), 100.05, 0.5, 0.05),
        ((0.0, 100.0), 100.1, 1, 0),
        ((0.0, 100.0), 200.0, 10, 0),
        ((0.5, 100.0), 50.0, 0.5, 0.05),
    ],
)
def test_a_bucket_fills_with_time_and_never_beyond_its_size(
    bucket: tuple[float, float] | None, now: float, tokens: float, wait: float
) -> None:
    assert refill(TEN, bucket, now) == pytest.approx((tokens, wait))


def test_a_rate_below_one_still_lets_one_through() -> None:
    slow = Rate(count=0.5, per=60)
    assert refill(slow, None, 0.0) == (1.0, 0.0)
    assert refill(slow, (0.0, 0.0), 0.0) == pytest.approx((0.0, 120.0))
