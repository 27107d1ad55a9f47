"""`wflow.engine.locate`: nodes by their address, as far as their scopes are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine.locate import is_on_the_way, way_to
from wflow.engine.simulate import Simulation

Works = Callable[..., Simulation]

TEXT = """
    nodes:
      each:
        type: foreach
        items: "['a', 'b/c']"
        key: "'k' if item == 'a' else 'x'"
        nodes:
          box: {type: container, nodes: {deep: {type: wait, signal: go}}}
      later: {type: container, nodes: {inside: {type: noop}}}
    edges: [each -> later]
    """


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("each", ["each"]),
        ("each[k]/box/deep", ["each", "box", "deep"]),
        ("each[x]/box", ["each", "box"]),
        ("each[nowhere]/box", ["each"]),
        ("later/inside", ["later"]),
        ("nowhere", []),
        ("", []),
        ("each[k", ["each"]),
        ("each/box", ["each"]),
    ],
)
def test_the_way_goes_as_far_as_its_scopes_are_there(simulate: Works, address: str, found: list[str]) -> None:
    run = simulate(TEXT)
    run.run()
    way = way_to(run.state, address)
    assert [node.plan.id for _, node in way] == found


@pytest.mark.parametrize(
    ("address", "chosen", "is_so"),
    [
        ("load", "load", True),
        ("load", "load[17]/insert", True),
        ("load[17]", "load[17]/insert", True),
        ("load[17]/insert", "load", True),
        ("load[1]", "load[17]/insert", False),
        ("loader", "load", False),
        ("load/insert", "load/insert2", False),
    ],
)
def test_what_is_on_the_way_leads_to_it_or_lies_inside(address: str, chosen: str, is_so: bool) -> None:
    assert is_on_the_way(address, chosen) is is_so
    assert is_on_the_way(chosen, address) is is_so
