"""What the tests of the checks share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from wflow.graph.checks import check
from wflow.loading.build import build
from wflow.loading.yamltext import parse_yaml
from wflow.model import Diagnostic, Workflow

Judge = Callable[[str], list[Diagnostic]]
Build = Callable[[str], Workflow]


@pytest.fixture
def workflow() -> Build:
    """The workflow in a YAML text that is sound in its shape; ``name`` is put before it."""

    def made(text: str) -> Workflow:
        edges: list[Diagnostic] = []
        built = build(parse_yaml("name: test\n" + textwrap.dedent(text), []), edges)
        assert not edges
        return built

    return made


@pytest.fixture
def judged(workflow: Build) -> Judge:
    """What `check` finds in such a text."""

    def found(text: str) -> list[Diagnostic]:
        return check(workflow(text))

    return found
