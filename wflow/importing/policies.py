"""The keys that a node of any type may have: names, priority, retries, breakers, what stands in and what undoes."""

from __future__ import annotations

import re

from wflow.importing.conversion import Conversion, Scope
from wflow.importing.names import safe_id
from wflow.importing.part import Part
from wflow.importing.theirs import TheirNode
from wflow.importing.writing import Flow, Out

__all__ = ["add_policies", "add_titles"]

_PRIORITIES = {"0": "low", "1": "normal", "2": "high", "low": "low", "normal": "normal", "high": "high"}
_ERROR = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRATEGIES = {"0": "none", "1": "fixed", "2": "exponential", "3": "linear"}


def add_titles(node: TheirNode, out: Out) -> None:
    """Its name, where it says more than its id, and its description."""
    title = node.part.text("nodeName", "name")
    if title is not None and title != node.id:
        out["title"] = title
    description = node.part.text("description")
    if description is not None:
        out["description"] = description


def add_policies(conversion: Conversion, node: TheirNode, scope: Scope, out: Out) -> None:
    """Everything that says how it runs."""
    part = node.part
    priority = part.text("priority")
    if priority is not None:
        ours = _PRIORITIES.get(priority.lower())
        if ours is None:
            conversion.told.lost(part.place("priority"), f"`{priority}` is no priority", code="bad-value")
        elif ours != "normal":
            out["priority"] = ours
    most = part.whole("maxConcurrentExecutions")
    if most is not None and most > 0:
        out["max_concurrent"] = most
    retry = part.mapping("retryPolicy")
    if retry is not None:
        _retry(conversion, retry, out)
    breaker = part.mapping("circuitBreakerPolicy")
    if breaker is not None:
        _breaker(conversion, breaker, scope.ids[node.id], out)
    for theirs, ours in (("fallbackNodeId", "fallback"), ("compensationNodeId", "compensate")):
        other = part.text(theirs)
        if other is None:
            continue
        if ours == "fallback" and node.kind in ("if", "switch"):
            message = f"`{node.id}` is a branch: nothing can stand in for it here, and choose its way"
            conversion.told.lost(part.place(theirs), message, cure="put what may fail into a node before it")
        elif other in scope.ids and other != node.id:
            out[ours] = scope.ids[other]
        else:
            conversion.told.lost(part.place(theirs), f"there is no other node `{other}` here", code="unknown-node")


def _retry(conversion: Conversion, part: Part, out: Out) -> None:
    strategy = (part.text("Strategy") or "None").lower()
    strategy = _STRATEGIES.get(strategy, strategy.removesuffix("backoff"))
    attempts = part.whole("MaxAttempts")
    delays = {"initial_delay": part.duration("InitialDelay"), "max_delay": part.duration("MaxDelay")}
    multiplier = part.number("Multiplier")
    errors = {
        "on": _errors(part, "RetryOn"),
        "not_on": _errors(part, "DoNotRetryOn"),
    }
    _nothing_else(conversion, part)
    if strategy not in {"none", *_STRATEGIES.values()}:
        conversion.told.lost(part.place("Strategy"), f"`{strategy}` is no strategy of retries", code="bad-value")
        return
    if strategy == "none":
        if attempts is not None and attempts > 1:
            message = "a `retryPolicy` whose Strategy is None is left out: it says not to try again"
            conversion.told.note(part.place("Strategy"), message)
        return
    retry = Flow(max_attempts=max(1, attempts if attempts is not None else 3), strategy=strategy)
    retry.update({key: value for key, value in delays.items() if value is not None})
    if multiplier is not None and strategy == "exponential":
        retry["multiplier"] = int(multiplier) if float(multiplier).is_integer() else multiplier
    retry.update({key: names for key, names in errors.items() if names})
    out["retry"] = retry


def _errors(part: Part, key: str) -> list[str]:
    """Types of errors, which are told apart by the last part of their names here."""
    names = []
    for found in part.listed(key):
        name = str(found.value).split(",")[0].rpartition(".")[2].strip()
        if _ERROR.fullmatch(name):
            names.append(name)
        else:
            part.refuse(found, "the name of a type of error")
    return names


def _breaker(conversion: Conversion, part: Part, node: str, out: Out) -> None:
    breaker = Flow(name=safe_id(f"{conversion.name}-{node}", ()))
    threshold = part.number("FailureThreshold")
    if threshold is not None:
        breaker["failure_threshold"] = max(0.01, min(1.0, threshold / 100))
    for theirs, ours in (("MinimumThroughput", "minimum_calls"), ("HalfOpenSuccesses", "half_open_successes")):
        number = part.whole(theirs)
        if number is not None:
            breaker[ours] = max(1, number)
    opened = part.duration("OpenDuration")
    if opened is not None:
        breaker["open_for"] = opened
    _nothing_else(conversion, part)
    out["breaker"] = breaker


def _nothing_else(conversion: Conversion, part: Part) -> None:
    for key, found in part.unused():
        message = f"a policy has no key `{key}`"
        conversion.told.lost(found.path, message, code="unknown-key", at_key=True)
