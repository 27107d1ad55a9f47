from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from wflow.runtimes.context import NAMES, Context
from wflow.runtimes.masking import Masker
from wflow.runtimes.work import Work


def test_every_name_of_the_table_is_there(make_work: Callable[..., Work]) -> None:
    work = make_work({}, input={"a": [1]}, inputs={"x": {"a": [1]}}, params={"p": {"q": 1}}, variables={"v": 1})
    context = Context(work)
    assert set(dir(context)) == set(NAMES)
    assert context.input == {"a": [1]}
    assert context.inputs == {"x": {"a": [1]}}
    assert context.params == {"p": {"q": 1}}
    assert dict(context.variables) == {"v": 1}
    assert context.output == {}
    assert context.local == {}
    assert context.cancelled() is False
    assert (context.run.id, context.run.attempt, context.run.workflow) == (f"run-{os.getpid()}", 1, "flow")
    assert (context.run.node, context.run.idempotency_key) == ("node", "key-1")
    assert f"run-{os.getpid()}" in repr(context.run)


def test_values_are_copies_and_made_once(make_work: Callable[..., Work]) -> None:
    given: dict[str, Any] = {"rows": [{"n": 1}]}
    work = make_work({}, input=given, inputs={"x": given}, params=given)
    context = Context(work)
    for name in ("input", "params"):
        getattr(context, name)["rows"][0]["n"] = 2
        assert getattr(context, name)["rows"][0]["n"] == 2
    context.inputs["x"]["rows"].clear()
    assert given == {"rows": [{"n": 1}]}


def test_cancelled_says_what_was_asked(make_work: Callable[..., Work]) -> None:
    work = make_work({})
    cancelled = Context(work).cancelled
    work.stop.ask("cancel")
    assert cancelled() is True


def test_progress_is_cut_to_its_range_and_masked(make_work: Callable[..., Work]) -> None:
    reported: list[tuple[float, str]] = []
    context = Context(make_work({}, reported=reported), Masker(["secret"]))
    context.progress(50, "half of secret")
    context.progress(-1)
    context.progress(1000, 7)
    assert reported == [(50.0, "half of ***"), (0.0, ""), (100.0, "7")]


@pytest.mark.parametrize("percent", ["50", None, True, float("nan")])
def test_progress_wants_a_number(make_work: Callable[..., Work], percent: Any) -> None:
    with pytest.raises(TypeError, match="takes a number from 0 to 100"):
        Context(make_work({})).progress(percent)


def test_the_nodes_environment_is_a_mapping_of_its_own(make_work: Callable[..., Work]) -> None:
    context = Context(make_work({}, env={"ONLY_HERE": "x"}))
    assert context.env["ONLY_HERE"] == "x"
    assert context.env["PATH"] == os.environ["PATH"]
    assert "ONLY_HERE" not in os.environ


def test_an_unknown_name_is_an_error_with_the_nearest(make_work: Callable[..., Work]) -> None:
    with pytest.raises(AttributeError, match="has no `outputs`; did you mean `output`"):
        Context(make_work({})).outputs  # noqa: B018 - reading it is the test
