"""`wflow.store.undos`: what can be undone, through a snapshot. Whole runs from one are in `test_simulate`."""

from __future__ import annotations

from typing import Any

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Began
from wflow.model import Edge, Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.store.snapshot import dump, restore


def work(activation: Any, given: dict[str, Any]) -> Did:
    return Did("failed") if activation.node.plan.id == "last" else Did(output={"of": activation.address})


def saga() -> Simulation:
    body = Graph(
        nodes=(
            Node(id="put", type="python", settings={"script": "pass"}, compensate="take"),
            Node(id="take", type="python", settings={"script": "pass"}, env={"OF": "${{ nodes.put.output.of }}"}),
        )
    )
    nodes = (
        Node(id="each", type="foreach", settings={"items": "range(3)", "max_concurrent": 1}, graph=body),
        Node(id="last", type="python", settings={"script": "pass"}),
    )
    graph = Graph(nodes=nodes, edges=(Edge(source="each", target="last"),))
    return Simulation(to_definition(Workflow(name="w", graph=graph)), work=work)


def restored(run: Simulation) -> None:
    began = run.stimuli[0]
    assert isinstance(began, Began)
    again = restore(began, dump(run.state, {}), lambda digest: {})
    assert again is not None
    run.state = again[0]


def test_scopes_that_are_gone_come_back_with_their_names_and_outputs() -> None:
    run = saga()
    while len(run.state.undos) < 3:
        assert run.step()
    before = run.state.undos
    restored(run)
    after = run.state.undos
    assert [one[:2] + one[3:] for one in after] == [one[:2] + one[3:] for one in before]
    assert [one.scope.names for one in after] == [one.scope.names for one in before]
    assert after[1].scope.nodes[0].output == {"of": "each[1]/put"}
    assert after[1].scope.graph is run.state.plan.root.nodes[0].body


def test_one_that_is_being_undone_goes_on() -> None:
    run = saga()
    while run.state.undoing is None:
        assert run.step()
    restored(run)
    (activation,) = run.state.activations.values()
    assert activation.undoes is run.state.undos[-1]
    assert activation.address == "each[2]/take"
    run.run()
    assert run.state.status == "failed"
    assert run.state.undone == ["each[2]/put", "each[1]/put", "each[0]/put"]
