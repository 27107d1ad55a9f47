from __future__ import annotations

from typing import Any

import pytest

from tests.importing.conftest import Import, node


def test_titles_and_limits_are_carried(imported: Import) -> None:
    made = imported([node("a", nodeName="The a", description="Does", priority="High", maxConcurrentExecutions=2)])
    assert made.nodes["a"] == {
        "type": "noop", "title": "The a", "description": "Does", "priority": "high", "max_concurrent": 2,
    }  # fmt: skip
    made = imported([node("a", nodeName="a", priority=1, maxConcurrentExecutions=0)])
    assert made.nodes["a"] == {"type": "noop"}


@pytest.mark.parametrize(
    ("policy", "retry"),
    [
        ({"Strategy": "Fixed"}, {"max_attempts": 3, "strategy": "fixed"}),
        ({"strategy": 2, "maxAttempts": 5, "initialDelay": 2, "multiplier": 1.5},
         {"max_attempts": 5, "strategy": "exponential", "initial_delay": "2s", "multiplier": 1.5}),
        ({"Strategy": "Linear", "MaxDelay": "00:01:00", "Multiplier": 3.0},
         {"max_attempts": 3, "strategy": "linear", "max_delay": "1m"}),
        ({"Strategy": "Fixed", "RetryOn": ["System.TimeoutException, mscorlib"], "DoNotRetryOn": ["System.Exception"]},
         {"max_attempts": 3, "strategy": "fixed", "on": ["TimeoutException"], "not_on": ["Exception"]}),
        ({"Strategy": "ExponentialBackoff", "MaxAttempts": "2"}, {"max_attempts": 2, "strategy": "exponential"}),
        ({"Strategy": "None"}, None),
        ({"MaxAttempts": 1}, None),
    ],
)  # fmt: skip
def test_a_retry_policy_is_ours(imported: Import, policy: dict[str, Any], retry: object) -> None:
    made = imported([node("a", retryPolicy=policy)])
    assert made.nodes["a"].get("retry") == retry
    assert made.told == []


def test_a_breaker_is_named_after_workflow_and_node(imported: Import) -> None:
    policy = {"FailureThreshold": 50, "MinimumThroughput": 10, "OpenDuration": "00:00:30", "HalfOpenSuccesses": 3}
    made = imported([node("a.b", circuitBreakerPolicy=policy)])
    assert made.nodes["a-b"]["breaker"] == {
        "name": "flow-a-b", "failure_threshold": 0.5, "minimum_calls": 10, "half_open_successes": 3, "open_for": "30s",
    }  # fmt: skip


def test_what_stands_in_and_what_undoes_are_named_by_our_ids(imported: Import) -> None:
    made = imported([node("a", fallbackNodeId="b.c", compensationNodeId="d"), node("b.c"), node("d")])
    assert (made.nodes["a"]["fallback"], made.nodes["a"]["compensate"]) == ("b-c", "d")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"priority": "Urgent"}, "bad-value"),
        ({"retryPolicy": {"Strategy": "Random"}}, "bad-value"),
        ({"retryPolicy": {"Strategy": "Fixed", "Jitter": 1}}, "unknown-key"),
        ({"retryPolicy": {"Strategy": "Fixed", "InitialDelay": "soon"}}, "bad-value"),
        ({"retryPolicy": []}, "bad-value"),
        ({"fallbackNodeId": "nowhere"}, "unknown-node"),
        ({"compensationNodeId": "a"}, "unknown-node"),
    ],
)
def test_what_a_policy_cannot_be_is_told_of(imported: Import, keys: dict[str, Any], code: str) -> None:
    assert [said[:2] for said in imported([node("a", **keys)]).told] == [("error", code)]


def test_nothing_stands_in_for_a_branch(imported: Import) -> None:
    made = imported([node("a", "IfElse", Condition="true", fallbackNodeId="b"), node("b")])
    assert "fallback" not in made.nodes["a"]
    assert [said[:2] for said in made.told] == [("error", "not-carried")]


def test_what_is_no_type_of_error_is_told_of(imported: Import) -> None:
    made = imported([node("a", retryPolicy={"Strategy": "Fixed", "RetryOn": ["My.Error", "a b", 5]})])
    assert made.nodes["a"]["retry"]["on"] == ["Error"]
    assert [said[:2] for said in made.told] == [("error", "bad-value")] * 2
