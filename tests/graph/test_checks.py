from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from wflow.model import Diagnostic
from wflow.model.codes import CODES

Judge = Callable[[str], list[Diagnostic]]


def test_a_sound_workflow_has_no_problem(judged: Judge) -> None:
    text = """
    parameters: {limit: {type: integer, default: 1}}
    variables: {loaded: 0}
    pools: {database: 1}
    nodes:
      discover: {type: python, script: 'return {"rows": []}'}
      check: {type: if, condition: input.rows | length > params.limit}
      load:
        type: foreach
        items: nodes.discover.output.rows
        as: row
        collect: nodes.insert.output.id
        nodes:
          insert: {type: python, call: "etl:insert", pool: database, compensate: undo}
          undo: {type: shell, command: [undo, "${{ row.id }}"]}
          after: {type: noop, join: any}
        edges:
          - insert -> after
          - {from: insert, to: after, trigger: fail, condition: error.type == "ValueError"}
      report: {type: shell, script: echo, join: 2, cancel_rest: true}
    edges:
      - discover -> check
      - check.true -> load -> report
      - check.false -> report
      - {from: load, to: report, trigger: next}
    outputs: {loaded: variables.loaded}
    """
    assert judged(text) == []


def test_all_problems_are_found_at_once_and_have_known_codes(judged: Judge) -> None:
    text = """
    nodes:
      a: {type: noop, pool: none, join: 3, fallback: zz}
      b: {type: if, condition: variables.x}
    edges:
      - a -> b -> a
      - a -> c
    outputs: {x: nodes.d}
    """
    codes = {found.code for found in judged(text)}
    assert codes == {"unknown-pool", "join-count", "unknown-node", "unknown-variable", "missing-port", "cycle"}
    assert codes <= CODES.keys()


def test_problems_in_a_nested_graph_have_their_path(judged: Judge) -> None:
    text = """
    nodes:
      outer:
        type: container
        nodes:
          inner: {type: container, nodes: {deep: {type: noop, pool: none}}}
    """
    (found,) = judged(text)
    assert found.path == ("nodes", "outer", "nodes", "inner", "nodes", "deep", "pool")


def test_networkx_is_not_imported_for_a_graph_without_cycle() -> None:
    code = (
        "import sys; from wflow.graph.checks import check; from wflow.model import *; "
        "nodes = (Node(id='a', type='noop'), Node(id='b', type='noop')); "
        "check(Workflow(name='w', graph=Graph(nodes=nodes, edges=(Edge(source='a', target='b'),)))); "
        "sys.exit('networkx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
