"""Every feature, run by the real engine on a real store. Here is Then; Given and When are in conftest.py."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_bdd import parsers, scenarios, then

from wflow.clock import SystemClock
from wflow.engine.events import MessageDeadLettered, NodeCompleted, NodeRetrying, NodeSkipped, NodeStarted
from wflow.engine.letters import input_of
from wflow.errors import UsageError
from wflow.runner.breakers import list_breakers
from wflow.runner.deadletters import letters_of
from wflow.runner.listing import list_runs

if TYPE_CHECKING:
    from tests.features.conftest import Ran, Story, Stretch

scenarios(str(Path(__file__).parent))

WORK = {"python", "shell"}


def names(text: str) -> list[str]:
    """``"a", "b" and "c"`` as a list."""
    found = re.findall(r'"([^"]+)"', text)
    assert found, f"`{text}` names no node in quotes"
    return found


def key_and_value(text: str) -> tuple[str, Any]:
    """``x = 4`` as a key and a JSON value."""
    key, _, value = text.partition(" = ")
    return key, json.loads(value)


def stretch(ran: Ran, address: str) -> Stretch:
    """When the node ran; it must have run just once."""
    found = [one for one in ran.stretches() if one.address == address]
    assert len(found) == 1, f"{address} ran {len(found)} times"
    return found[0]


def most_at_once(stretches: list[Stretch]) -> int:
    """How many of the stretches lie over one another, at most."""
    steps = sorted([(one.began, 1) for one in stretches] + [(one.ended, -1) for one in stretches])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def started(ran: Ran) -> list[str]:
    """The addresses of the first attempts in the order in which they were handed out."""
    return [one.address for one in ran.events if isinstance(one, NodeStarted) and one.type in WORK and one.attempt == 1]


# How it ended


@then(parsers.re(r"the run is (?P<status>completed|failed|cancelled|paused)"))
@then(parsers.re(r"the run is (?P<status>completed|failed|cancelled|paused) again"))
def _(story: Story, status: str) -> None:
    result = story.last.result
    assert result.status == status, result.error


@then(parsers.re(r"the run stands as (?P<status>interrupted|paused)"))
def _(story: Story, status: str) -> None:
    (told,) = list_runs(story.store)
    assert told["status"] == status


@then(parsers.parse("the exit code is {code:d}"))
def _(story: Story, code: int) -> None:
    assert story.last.result.exit_code() == code


@then(parsers.parse("the strict exit code is {code:d}"))
def _(story: Story, code: int) -> None:
    assert story.last.result.exit_code(strict=True) == code


@then(parsers.re(r'the run reports (?P<kind>\w+) of "(?P<address>[^"]*)": (?P<message>.+)'))
def _(story: Story, kind: str, address: str, message: str) -> None:
    error = story.last.result.error
    assert error is not None
    assert (error.address, error.type) == (address, kind)
    assert message in error.message


@then(parsers.re(r"the run returns (?P<outputs>\{.*\})"))
def _(story: Story, outputs: str) -> None:
    assert story.last.result.outputs == json.loads(outputs)


@then(parsers.re(r"the runs returned (?P<outputs>\{.*\})"))
def _(story: Story, outputs: str) -> None:
    assert [ran.result.outputs for ran in story.runs] == json.loads(f"[{outputs}]")


@then(parsers.re(r"the runs were (?P<statuses>[a-z, ]+)"))
def _(story: Story, statuses: str) -> None:
    assert [ran.result.status for ran in story.runs] == statuses.split(", ")


@then(parsers.parse("it is refused: {message}"))
def _(story: Story, message: str) -> None:
    assert not story.runs
    assert message in story.refusal


@then(parsers.parse("a resume is refused: {message}"))
def _(story: Story, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        story.resume()


@then(parsers.re(r"the run took less than (?P<seconds>[\d.]+) s"))
def _(story: Story, seconds: str) -> None:
    events = story.last.events
    assert events[-1].at - events[0].at < float(seconds)


# How each node ended


@then(parsers.re(r"nodes? (?P<nodes>\".+\") (?:is|are) (?P<status>\w+)"))
def _(story: Story, nodes: str, status: str) -> None:
    found = {address: story.node(address).status for address in names(nodes)}
    assert found == dict.fromkeys(found, status)


@then(parsers.re(r"node (?P<nodes>\".+\") is skipped because (?P<why>.+)"))
@then(parsers.re(r"nodes (?P<nodes>\".+\") are skipped because (?P<why>.+)"))
def _(story: Story, nodes: str, why: str) -> None:
    reason = {"another way was taken": "not taken", "something before failed": "broken"}[why]
    skipped = {one.address: one.reason for one in story.last.events if isinstance(one, NodeSkipped)}
    assert {address: skipped.get(address) for address in names(nodes)} == dict.fromkeys(names(nodes), reason)


@then(parsers.re(r"only (?P<taken>\"[^\"]+\") of (?P<nodes>\".+\") completed"))
def _(story: Story, taken: str, nodes: str) -> None:
    assert [address for address in names(nodes) if story.node(address).status == "completed"] == names(taken)


@then(parsers.parse('node "{address}" ran {count:d} times'))
def _(story: Story, address: str, count: int) -> None:
    assert len(story.node(address).activations) == count


@then(parsers.re(r"nodes? (?P<nodes>\".+\") did not run"))
def _(story: Story, nodes: str) -> None:
    ran = {one.address for one in story.last.events if isinstance(one, NodeStarted)}
    assert not ran & set(names(nodes))


@then(parsers.re(r"only nodes? (?P<nodes>\".+\") ran"))
def _(story: Story, nodes: str) -> None:
    assert sorted(started(story.last)) == sorted(names(nodes))


@then(parsers.parse('node "{address}" took {count:d} attempts'))
def _(story: Story, address: str, count: int) -> None:
    assert [one.attempts for one in story.node(address).activations] == [count]


@then(parsers.re(r'the error of "(?P<address>[^"]+)" is (?P<kind>\w+): (?P<message>.+)'))
def _(story: Story, address: str, kind: str, message: str) -> None:
    error = story.node(address).activations[-1].error
    assert error is not None
    assert (error.type, error.message) == (kind, message)


@then(parsers.re(r'the traceback of "(?P<address>[^"]+)" has the line `(?P<line>.+)`'))
def _(story: Story, address: str, line: str) -> None:
    error = story.node(address).activations[-1].error
    assert error is not None
    assert line in [one.strip() for one in error.traceback.splitlines()]


@then(parsers.parse('the input of "{handler}" has the whole error of "{address}"'))
def _(story: Story, handler: str, address: str) -> None:
    error = story.node(address).activations[-1].error
    told = story.node(handler).activations[-1].input
    assert error is not None
    assert error.traceback
    assert told["error_message"] == error.message
    assert told["error_traceback"] == error.traceback
    assert (told["error_type"], told["error_node"]) == (error.type, error.address)


@then(parsers.parse('the message of "{address}" is a dead letter'))
def _(story: Story, address: str) -> None:
    assert [one.address for one in story.last.events if isinstance(one, MessageDeadLettered)] == [address]


@then(parsers.re(r"the dead letters of the run are (?P<numbers>[\d, ]+|none)"))
def _(story: Story, numbers: str) -> None:
    found = letters_of(story.store, story.last.result.run_id)
    wanted = [] if numbers == "none" else [int(number) for number in numbers.split(",")]
    assert [letter.number for letter in found.letters] == wanted


@then(parsers.re(r'the dead letter (?P<number>\d+) is of "(?P<address>[^"]+)", with input (?P<given>\{.*\})'))
def _(story: Story, number: str, address: str, given: str) -> None:
    found = letters_of(story.store, story.last.result.run_id)
    (letter,) = [one for one in found.letters if one.number == int(number)]
    assert (letter.address, input_of(letter)) == (address, json.loads(given))


@then("no message is a dead letter")
def _(story: Story) -> None:
    assert not [one for one in story.last.events if isinstance(one, MessageDeadLettered)]


@then(parsers.re(r'the delays before the attempts of "(?P<address>[^"]+)" were (?P<delays>.+) ms'))
def _(story: Story, address: str, delays: str) -> None:
    retries = [one for one in story.last.events if isinstance(one, NodeRetrying) and one.address == address]
    assert [round((one.due - one.at) * 1000) for one in retries] == [int(one) for one in delays.split(", ")]
    began = [one.at for one in story.last.events if isinstance(one, NodeStarted) and one.address == address]
    assert all(at >= retry.due for at, retry in zip(began[1:], retries, strict=True))


# What they gave


@then(parsers.re(r'the (?P<what>output|input) of "(?P<address>[^"]+)" is (?P<value>.+)'))
def _(story: Story, what: str, address: str, value: str) -> None:
    assert getattr(story.node(address).activations[-1], what) == json.loads(value)


@then(parsers.re(r'the (?P<what>output|input) of "(?P<address>[^"]+)" has (?P<pair>.+)'))
def _(story: Story, what: str, address: str, pair: str) -> None:
    key, value = key_and_value(pair)
    found: Any = getattr(story.node(address).activations[-1], what)
    for part in key.split("."):
        assert part in found, f"`{part}` is not in {sorted(found)}"
        found = found[part]
    assert found == value


# In which order


@then(parsers.re(r'node "(?P<later>[^"]+)" ran after nodes? (?P<earlier>".+")'))
def _(story: Story, later: str, earlier: str) -> None:
    began = stretch(story.last, later).began
    for address in names(earlier):
        assert stretch(story.last, address).ended <= began, f"{later} began before {address} ended"


@then(parsers.parse('node "{later}" ran at least {gap:d} ms after node "{earlier}"'))
def _(story: Story, later: str, gap: int, earlier: str) -> None:
    assert stretch(story.last, later).began - stretch(story.last, earlier).ended >= gap / 1000


@then(parsers.re(r"the nodes ran one after another: (?P<nodes>\".+\")"))
def _(story: Story, nodes: str) -> None:
    ran = [stretch(story.last, address) for address in names(nodes)]
    assert all(before.ended <= after.began for before, after in pairwise(ran)), ran


@then(parsers.re(r"the nodes began in the order (?P<nodes>\".+\")"))
def _(story: Story, nodes: str) -> None:
    assert [one for one in started(story.last) if one in names(nodes)] == names(nodes)


@then(parsers.parse("at most {count:d} nodes ran at once"))
def _(story: Story, count: int) -> None:
    assert most_at_once(story.last.stretches(WORK)) <= count


@then(parsers.parse("no more than {count:d} nodes began within {gap:d} ms"))
def _(story: Story, count: int, gap: int) -> None:
    began = sorted(one.at for one in story.last.events if isinstance(one, NodeStarted) and one.type in WORK)
    assert all(later - earlier >= gap / 1000 for earlier, later in zip(began, began[count:], strict=False)), began


@then(parsers.parse("{count:d} nodes completed"))
def _(story: Story, count: int) -> None:
    ended = [one.address for one in story.last.events if isinstance(one, NodeCompleted) and one.type in WORK]
    assert len(ended) == count


# What runs share


def breaker(story: Story, name: str, now: float) -> dict[str, Any]:
    """How a breaker stands at a time (seconds since the epoch)."""
    (found,) = [one for one in list_breakers(story.store.shared(), now) if one["name"] == name]
    return found


@then(parsers.re(r'the breaker "(?P<name>\w+)" is (?P<state>open|closed|half-open) (?:at (?P<moment>\d\S+)|now)'))
def _(story: Story, name: str, state: str, moment: str | None) -> None:
    now = datetime.fromisoformat(moment).timestamp() if moment else SystemClock.now()
    assert breaker(story, name, now)["state"] == state


@then(parsers.parse('the breaker "{name}" knows of {count:d} calls'))
def _(story: Story, name: str, count: int) -> None:
    assert breaker(story, name, SystemClock.now())["calls"] == count


# What was on the disk when


def waiting_results(story: Story) -> list[int]:
    """For each time that work was handed out: the results that were recorded and not on the disk yet.

    The start is recorded first, then the disk is waited for, then the worker gets its work.
    """
    ended: list[int] = []
    waiting = []
    journal = [*story.journal()]
    ends = [at for at, _ in journal[1:]] + [sys.maxsize]
    for (at, record), end in zip(journal, ends, strict=True):
        if record["event"] == "node_completed":
            ended.append(at)
        elif record["event"] == "node_started":
            safe = max((size for size, _ in story.synced if size <= end), default=0)
            waiting.append(sum(place >= safe for place in ended))
    return waiting


@then(parsers.parse("at most {count:d} results waited for the disk when a node began"))
def _(story: Story, count: int) -> None:
    assert max(waiting_results(story)) <= count


@then(parsers.parse("{count:d} results waited for the disk when the last node began"))
def _(story: Story, count: int) -> None:
    assert waiting_results(story)[-1] == count


@then(parsers.parse("the journal went to the disk {least:d} to {most:d} times"))
def _(story: Story, least: int, most: int) -> None:
    assert least <= len(story.synced) <= most


@then(parsers.parse("in between the journal went to the disk at least {times:d} times, never within {gap:d} ms"))
def _(story: Story, times: int, gap: int) -> None:
    between = [at for _, at in story.synced[1:-1]]
    assert len(between) >= times
    assert all(later - earlier >= gap / 1000 for earlier, later in pairwise(between))


@then("at the end all of the journal was on the disk")
def _(story: Story) -> None:
    at, record = story.journal()[-1]
    assert record["event"] == "run_finished"
    assert story.synced[-1][0] > at
