from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.model import Diagnostic

Judge = Callable[[str], list[Diagnostic]]


def warnings(judged: Judge, condition: str, body: str, more: str = "") -> list[str]:
    text = (
        "variables: {tries: 0, other: 0}\nparameters: {p: {default: 1}}\n"
        f"nodes: {{loop: {{type: while, condition: {condition}{more}, nodes: {{{body}}}}}}}"
    )
    found = judged(text)
    assert {one.severity for one in found} <= {"warning"}
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("condition", "body"),
    [
        ("true", "a: {type: shell, script: date}"),
        ("'true'", "a: {type: shell, script: date}"),
        ("variables.tries < 3", "a: {type: noop}"),
        ("variables.tries < 3", "a: {type: shell, script: date}"),
        ("variables.tries < 3", "a: {type: subflow, file: x.yaml, outputs: {other: y}}"),
        (
            "variables.tries < 3",
            "a: {type: container, nodes: {b: {type: python, script: 'variables.add(\"other\", 1)'}}}",
        ),
    ],
)
def test_a_loop_that_nothing_can_end_is_warned_of(judged: Judge, condition: str, body: str) -> None:
    assert warnings(judged, condition, body) == ["endless-loop"]


@pytest.mark.parametrize(
    ("condition", "body", "more"),
    [
        ("true", "a: {type: shell, script: date}", ", max_iterations: 5"),
        ("variables.tries < 3", "a: {type: python, script: 'variables.add(\"tries\", 1)'}", ""),
        ("variables.tries < 3", "a: {type: container, nodes: {b: {type: shell, script: echo tries}}}", ""),
        ("variables.tries < 3", "a: {type: python, call: 'm:f'}", ""),
        ("variables.tries < 3", "a: {type: subflow, file: x.yaml, outputs: {tries: y}}", ""),
        ("variables.tries < 3", "a: {type: package-type}", ""),
        ("variables.tries < 3", "a: {type: end}", ""),
        ("iteration_index < 3", "a: {type: noop}", ""),
        ("variables.tries < now()", "a: {type: noop}", ""),
    ],
)
def test_a_loop_that_may_end_is_not(judged: Judge, condition: str, body: str, more: str) -> None:
    assert warnings(judged, condition, body, more) == []


def test_names_that_become_one_in_the_environment_are_warned_of(judged: Judge) -> None:
    text = """
    parameters: {api-key: {default: 1}, API_KEY: {default: 1}, other: {default: 1}}
    variables: {n: 1, N: 2, other: 1}
    nodes: {a: {type: shell, script: date, env: {WFLOW_INPUT: x, MINE: y}}}
    """
    found = judged(text)
    assert [(one.code, one.path) for one in found] == [
        ("env-clash", ("parameters", "API_KEY")),
        ("env-clash", ("variables", "N")),
        ("env-clash", ("nodes", "a", "env", "WFLOW_INPUT")),
    ]
