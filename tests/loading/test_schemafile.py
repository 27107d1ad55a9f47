from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.loading.schemafile import compile_schema, schema, schema_path, validator
from wflow.loading.yamltext import parse_yaml
from wflow.model.kinds import COMMON_KEYS, KINDS

FULL = """
name: full
description: all keys
version: "1.0"
parameters: {source: {type: string, default: x}}
variables: {loaded: 0}
max_concurrency: 4
timeout: 10m
on_failure: continue
checkpoint: {nodes: 20}
overlap: queue
retry_budget: 50
pools: {database: 1}
stop_grace: 10s
cancel_grace: 30
secrets: [TOKEN]
nodes:
  python:
    type: python
    script: pass
    isolation: process
    title: t
    description: d
    timeout: 5m
    retry: {max_attempts: 3, strategy: fixed, initial_delay: 1s, max_delay: 60s, multiplier: 2, jitter: 0.25,
            on: [TimeoutError, "exit:75"], not_on: [ValueError]}
    breaker: {name: api, failure_threshold: 0.5, minimum_calls: 10, open_for: 30s, half_open_successes: 3}
    fallback: noop
    compensate: noop
    join: 2
    cancel_rest: true
    priority: high
    max_concurrent: 2
    pool: database
    rate: 10/s
    env: {A: 1}
    idempotency_key: "${{ input.id }}"
    metadata: {any: thing}
  shell: {type: shell, command: [a, 1], cwd: x, parse: lines, priority: 3, join: any}
  csharp: {type: csharp, assembly: a.dll, class: C}
  powershell: {type: powershell, file: a.ps1, modules: [a], module_paths: [b]}
  if: {type: if, condition: true}
  switch: {type: switch, value: input.x, cases: {a: b, c: }}
  foreach: {type: foreach, items: [1], as: row, key: row.id, max_concurrent: 2, on_failure: stop, tolerate: 5%,
            until: completed > 1, collect: row, nodes: {a: {type: noop}}, edges: []}
  while: {type: while, condition: input.x, max_iterations: 3, on_failure: stop, collect: 1, nodes: {a: {type: noop}}}
  container: {type: container, mode: parallel, on_failure: stop, nodes: {a: {type: noop}}}
  subflow: {type: subflow, file: a.yaml, with: {a: 1}, outputs: {a: b}, max_depth: 3}
  timer: {type: timer, schedule: "* * * * *", timezone: UTC, trigger_on_start: true, catch_up: all, window: 1h,
          skipped_hour: skip, doubled_hour: both}
  wait: {type: wait, for: 10m}
  end: {type: end, status: failed, message: m}
  cancel: {type: cancel, targets: [a]}
  noop: {type: noop}
  own: {type: some.package-type, anything: [1], timeout: 5s}
edges:
  - a -> b
  - {from: [a, b], to: c, port: x, trigger: next, condition: output.x, priority: -1, handles: false, enabled: false,
     capacity: 1, max_deliveries: 1}
outputs: {loaded: variables.loaded}
"""


def full() -> Any:
    return parse_yaml(FULL, [])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from places(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from places(below, (*path, index))


def changed(tree: Any, path: tuple[Any, ...], value: Any, key: str | None) -> Any:
    tree = copy.deepcopy(tree)
    if not path:
        return value
    parent = tree
    for part in path[:-1]:
        parent = parent[part]
    if key is not None and isinstance(parent, dict):
        parent[key] = value
    else:
        parent[path[-1]] = value
    return tree


PLACES = list(places(full()))
VALUES = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        -1,
        1.5,
        "",
        "a",
        "a b",
        "5s",
        "10/s",
        "any",
        "true",
        [],
        ["a"],
        [1],
        {},
        {"a": 1},
        {"type": "if"},
    ]
)
KEYS = st.sampled_from([None, None, "extra", "type", "join", "nodes", "script", "class", "2x", *COMMON_KEYS])


def test_every_key_of_the_format_is_accepted() -> None:
    assert validator()(full()) is None


@given(st.sampled_from(PLACES), VALUES, KEYS)
def test_its_verdict_is_that_of_jsonschema(path: tuple[Any, ...], value: Any, key: str | None) -> None:
    tree = changed(full(), path, value, key)
    theirs = jsonschema.Draft7Validator(schema()).is_valid(tree)
    assert (validator()(tree) is None) == theirs


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


def test_the_schema_and_the_model_know_the_same_types_and_keys() -> None:
    definitions = schema()["definitions"]
    types = {name.removeprefix("type.") for name in definitions if name.startswith("type.")} - {"plugin"}
    assert types == set(KINDS)
    for name, kind in KINDS.items():
        written = definitions[f"type.{name}"]
        assert set(written["properties"]) == {*COMMON_KEYS, *kind.keys}, name
        assert set(written["required"]) == {"type", *kind.required}, name
        assert [one["required"][0] for one in written.get("oneOf", [])] == list(kind.one_of), name
        assert written["additionalProperties"] is False, name


def test_every_key_has_a_description_for_editors() -> None:
    def described(part: Any) -> bool:
        while "$ref" in part:
            part = schema()["definitions"][part["$ref"].removeprefix("#/definitions/")]
        return "description" in part or "const" in part

    def check(part: Any, where: str) -> None:
        if not isinstance(part, dict):
            return
        for key, below in part.get("properties", {}).items():
            assert described(below) or "if" in where, f"{where}.{key}"
            check(below, f"{where}.{key}")

    check(schema(), "")
    for name, part in schema()["definitions"].items():
        check(part, name)


def test_a_keyword_that_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="uniqueItems"):
        compile_schema({"type": "array", "uniqueItems": True})


def test_the_schema_file_is_found_and_is_what_is_used() -> None:
    assert json.loads(schema_path().read_text(encoding="utf-8")) == schema()
    assert schema_path() == Path(__file__).resolve().parents[2] / "schemas" / "workflow.schema.json"


def test_a_hostile_number_of_flaws_is_cut_short() -> None:
    flaws = validator()({"name": "x", "nodes": {"a": {"type": "noop"}}, "edges": [1] * 100_000})
    assert flaws is not None
    assert len(flaws) < 2000
