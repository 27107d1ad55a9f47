"""`wflow.engine.explain`: each sentence, where it is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine.explain import Explanation, delay_of, explain, explain_absent
from wflow.engine.locate import way_to
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Ended, Requested

Works = Callable[..., Simulation]

FAILS = Did("failed")
W = "{type: python, script: pass}"
N = "{type: noop}"


def told(run: Simulation, address: str) -> Explanation:
    scope, node = way_to(run.state, address)[-1]
    return explain(scope, node)


#: A graph; the nodes that are at work at the end; of which node; why; each edge's state and why.
CASES: dict[str, tuple[str, str, str, list[tuple[str, str]]]] = {
    "an entry": (f"a: {W}", "a", "nothing leads to it: it starts with the run", []),
    "a message": (f"a: {W}, b: {N} | a -> b", "b", "all edges to it are done, and a message has come on `a -> b`",
                  [("message", "`a` has sent a message")]),
    "before it": (f"open: {W}, b: {N} | open -> b", "b", "it waits for `open -> b`", [("open", "`open` is not done")]),
    "long before it": (f"open: {W}, b: {N}, c: {N} | open -> b -> c", "c", "it waits for `b -> c`",
                       [("open", "`b` has not started")]),
    "one of several": (f"open: {W}, open2: {W}, c: {{type: noop, join: 2}} | open -> c, open2 -> c", "c",
                       "it waits for 2 of `open -> c`, `open2 -> c`",
                       [("open", "`open` is not done"), ("open", "`open2` is not done")]),
    "any": (f"a: {W}, open: {W}, c: {{type: noop, join: any}} | a -> c, open -> c", "c",
            "1 message let it start: on `a -> c`",
            [("message", "`a` has sent a message"), ("open", "`open` is not done")]),
    "each": (f"a: {W}, b: {W}, c: {{type: noop, join: each}} | a -> c, b -> c", "c",
             "it runs once for each message: 2 have come",
             [("closed", "`a` is done: nothing more comes"), ("closed", "`b` is done: nothing more comes")]),
    "another way": (f"i: {{type: if, condition: 'false'}}, y: {N}, n: {N} | i.true -> y, i.false -> n", "y",
                    "no message came on any edge to it", [("closed", "`i` has taken the way `false`")]),
    "a case": (f"s: {{type: switch, value: run.id, cases: {{u: one}}}}, y: {N}, n: {N} | s.one -> y, s.default -> n",
               "y", "no message came on any edge to it", [("closed", "`s` has taken the way `default`")]),
    "a condition": (f"a: {W}, b: {N} | {{from: a, to: b, condition: '1 > 2'}}", "b",
                    "no message came on any edge to it", [("closed", "its condition did not hold: 1 > 2")]),
    "off": (f"a: {W}, b: {N} | {{from: a, to: b, enabled: false}}", "b", "no message came on any edge to it",
            [("off", "it is switched off")]),
    "a failure": (f"bad: {W}, b: {N} | bad -> b", "b", "something that leads to it failed or was cancelled",
                  [("closed", "`bad` has failed")]),
    "after a failure": (f"bad: {W}, b: {N}, c: {N} | bad -> b -> c", "c",
                        "something that leads to it failed or was cancelled",
                        [("closed", "`b` was skipped, since something before it failed")]),
    "after another way": (
        f"i: {{type: if, condition: 'false'}}, y: {N}, n: {N}, z: {N} | i.true -> y, i.false -> n, y -> z", "z",
        "no message came on any edge to it", [("closed", "`y` was skipped, not taken")]),
    "no failure": (f"a: {W}, b: {N} | {{from: a, to: b, trigger: fail}}", "b", "no message came on any edge to it",
                   [("closed", "`a` has completed, it did not fail")]),
    "too few": (f"a: {W}, bad: {W}, c: {{type: noop, join: 2}} | a -> c, {{from: bad, to: c, trigger: cancel}}", "c",
                "of the 2 messages that it needs 1 came",
                [("message", "`a` has sent a message"), ("closed", "`bad` has failed, it was not cancelled")]),
    "a stand-in": (f"a: {{type: python, script: pass, fallback: b, compensate: c}}, b: {W}, c: {W}", "b",
                   "it stands in for `a`, should that fail", []),
    "an undoing": (f"a: {{type: python, script: pass, fallback: b, compensate: c}}, b: {W}, c: {W}", "c",
                   "it undoes `a`, should the run be compensated", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_why_a_node_started_or_did_not(simulate: Works, name: str) -> None:
    text, address, why, edges = CASES[name]
    nodes, _, between = text.partition(" | ")
    run = simulate(f"on_failure: continue\nnodes: {{{nodes}}}\nedges: [{between}]", bad=FAILS)
    while True:
        run.hand_out()
        ready = [one for one in run.running if not one.node.plan.id.startswith("open") or one.stopping]
        if not ready:
            break
        run.end(ready[0])
    found = told(run, address)
    assert (found.why, [(edge.state, edge.why) for edge in found.edges]) == (why, edges)


def test_what_comes_to_a_node_after_the_end_of_the_flow_starts_nothing(simulate: Works) -> None:
    run = simulate(f"nodes: {{a: {W}, e: {{type: end}}, open: {W}, z: {N}}}\nedges: [a -> e, open -> z]")
    run.hand_out()
    run.end(run.running[0])
    late = run.running[0]
    assert (late.address, late.stopping) == ("open", "rest")
    run.feed(Ended(run.state.now, late.id, 1, "completed", {}, (), None, run.state.now))
    why = "the workflow had ended, or had cancelled what was left, when its turn came"
    assert told(run, "z").why == why


def test_one_that_lies_in_what_has_not_started_is_told_by_that(simulate: Works) -> None:
    run = simulate(f"nodes: {{a: {W}, box: {{type: container, nodes: {{x: {N}}}}}}}\nedges: [a -> box]", a=FAILS)
    found = explain_absent(run.state, "box/x")
    assert found is not None
    assert found.why == "it lies in `box`, which has not started"
    run.run()
    found = explain_absent(run.state, "box/x")
    assert found is not None
    assert found.why == "it lies in `box`, which was skipped"
    assert explain_absent(run.state, "box") is None
    assert explain_absent(run.state, "nowhere") is None


def delays(run: Simulation, address: str) -> list[str | None]:
    node = way_to(run.state, address)[-1][1]
    found = [delay_of(run.state, activation) for activation in node.acts.values()]
    return [delay.what if delay is not None else None for delay in found]


#: Keys of both nodes, `a` at work and `b` after it in the row; what holds `b` up.
HELD: dict[str, tuple[str, int, str]] = {
    "a worker": ("", 1, "it is ready, and waits for a worker"),
    "a pool": ("pool: p", 4, "it is ready, and the pool `p` has no place: `a` hold it"),
    "a rate": ("rate: 1/h", 4, "it is ready, and its `rate` lets it start later"),
    "others like it": ("max_concurrent: 1", 4, "it is ready, and 1 of it run, as many as `max_concurrent` allows"),
}


@pytest.mark.parametrize("name", HELD)
def test_what_a_ready_node_waits_for(simulate: Works, name: str) -> None:
    keys, workers, what = HELD[name]
    node = f"{{type: python, script: pass, {keys}}}".replace(", }", "}")
    text = f"pools: {{p: 1}}\nnodes: {{a: {node}, b: {node}}}"
    address = "b"
    if name in ("a rate", "others like it"):  # those are of one node: of two iterations the second waits
        text = f"nodes: {{each: {{type: foreach, items: '[1, 2]', nodes: {{b: {node}}}}}}}"
        address = "each[1]/b"
    run = simulate(text, workers=workers)
    run.hand_out()
    assert delays(run, address) == [what]
    run.feed(Requested(run.state.now, "pause", {}))
    assert delays(run, address) == ["it is ready, and the run is paused"]


def test_what_a_node_waits_for_that_has_begun(simulate: Works) -> None:
    run = simulate(
        "nodes: {s: {type: wait, signal: go}, u: {type: wait, until: variables.n > 1}, f: {type: wait, for: 5s}, "
        "r: {type: python, script: pass, retry: {max_attempts: 2, initial_delay: 9s}}, w: {type: python, script: pass}}"
        "\nvariables: {n: 0}",
        r=FAILS,
    )
    run.hand_out()
    run.end(next(one for one in run.running if one.address == "r"))
    assert delays(run, "s") == ["it waits for the signal `go`"]
    assert delays(run, "u") == ["it waits until this holds: variables.n > 1"]
    assert delays(run, "f") == ["it waits"]
    assert delays(run, "r") == ["it failed, and is tried again"]
    assert delays(run, "w") == [None]
    found = {name: delay_of(run.state, act) for name in "fr" for act in way_to(run.state, name)[-1][1].acts.values()}
    assert found["f"] is not None
    assert found["f"].until == 1005.0
    assert found["r"] is not None
    assert found["r"].until > 1006


def test_a_breaker_is_named_while_it_is_asked(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass, breaker: {name: api}}}")
    run.hand_out()
    assert delays(run, "a") == ["it is ready, and its breaker `api` is being asked"]
