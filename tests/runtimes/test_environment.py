from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from wflow.runtimes.environment import LARGEST, as_text, build_environment, environment_name
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Work

MakeWork = Callable[..., Work]


@pytest.mark.parametrize(
    ("key", "name"),
    [("rows", "ROWS"), ("max-size", "MAX_SIZE"), ("a.b c", "A_B_C"), ("größe", "GR_SSE"), ("", ""), ("x1", "X1")],
)
def test_a_key_becomes_a_name_of_upper_case_letters_digits_and_underscores(key: str, name: str) -> None:
    assert environment_name(key) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [("a b", "a b"), (1, "1"), (True, "true"), (None, "null"), ([1, "ä"], '[1, "ä"]'), ({"a": 1.5}, '{"a": 1.5}')],
)
def test_a_string_is_text_as_it_is_and_everything_else_as_json(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_values_stand_under_their_names(make_work: MakeWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "o")
    work = make_work({}, input={"k": "ü"}, variables={"v": [1]}, params={"p": 1}, env={"MINE": "m"}, attempt=3)
    made = build_environment(work, ["true"], {"WFLOW_OUTPUT": "/x/output"})
    expected = {
        b"FROM_OUTSIDE": b"o",
        b"MINE": b"m",
        b"WFLOW_INPUT_K": "ü".encode(),
        b"WFLOW_VAR_V": b"[1]",
        b"WFLOW_PARAM_P": b"1",
        b"WFLOW_RUN_ID": f"run-{os.getpid()}".encode(),
        b"WFLOW_ACTIVATION": b"node#1",
        b"WFLOW_ATTEMPT": b"3",
        b"WFLOW_NODE": b"node",
        b"WFLOW_IDEMPOTENCY_KEY": b"key-1",
        b"WFLOW_OUTPUT": b"/x/output",
    }
    assert {name: made.entries[name] for name in expected} == expected
    assert made.warnings == ()
    assert made.left_out == frozenset()


def test_names_of_an_outer_run_are_not_passed_on_but_its_settings_are(
    make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WFLOW_INPUT_OLD", "WFLOW_PARAM_OLD", "WFLOW_WORK", "WFLOW_VARS"):
        monkeypatch.setenv(name, "outer")
    monkeypatch.setenv("WFLOW_HOME", "/h")
    entries = build_environment(make_work({}), ["true"], {}).entries
    assert entries[b"WFLOW_HOME"] == b"/h"
    assert b"outer" not in entries.values()


def test_of_two_keys_that_become_one_name_the_first_has_it(make_work: MakeWork) -> None:
    made = build_environment(make_work({}, input={"a-b": 1, "a_b": 2, "A.B": 3}), ["true"], {})
    assert made.entries[b"WFLOW_INPUT_A_B"] == b"1"
    assert made.warnings == (
        "`a-b` and `a_b` in `input` both become $WFLOW_INPUT_A_B; the first has it",
        "`a-b` and `A.B` in `input` both become $WFLOW_INPUT_A_B; the first has it",
    )


@pytest.mark.parametrize("value", ["a\0b", "x" * (LARGEST + 1), "ä" * (LARGEST // 2), "\ud800"])
def test_a_value_that_no_environment_can_hold_is_left_out(make_work: MakeWork, value: str) -> None:
    made = build_environment(make_work({}, input={"k": value}, params={"k": value, "l": 1}), ["true"], {})
    assert b"WFLOW_INPUT_K" not in made.entries
    assert b"WFLOW_PARAM_K" not in made.entries
    assert made.entries[b"WFLOW_PARAM_L"] == b"1"
    assert made.left_out == {"WFLOW_INPUT_", "WFLOW_PARAM_"}


def test_the_whole_fits_what_the_system_takes(make_work: MakeWork) -> None:
    many = {f"k{n}": "x" * (30_000 + n) for n in range(400)}
    argv = ["true", "y" * 50_000]
    made = build_environment(make_work({}, input=many, variables={"small": 1}), argv, {})
    subprocess.run(argv, env=made.entries, check=True)
    assert made.entries[b"WFLOW_VAR_SMALL"] == b"1"
    assert b"WFLOW_INPUT_K399" not in made.entries
    assert any("`k399` in `input` is not in $WFLOW_INPUT_K399" in warning for warning in made.warnings)
    assert sum(map(len, made.entries.values())) > 1_000_000


@pytest.mark.parametrize(("key", "value"), [("A=B", "x"), ("", "x"), ("A\0", "x"), ("A", "\0"), ("A", "\ud800")])
def test_an_env_that_cannot_be_is_refused(make_work: MakeWork, key: str, value: str) -> None:
    with pytest.raises(NotStarted, match="in the node's `env`"):
        build_environment(make_work({}, env={key: value}), ["true"], {})


def test_an_activation_of_any_name_can_be_marked(make_work: MakeWork) -> None:
    for activation in ("load[a\0b]/x#1", "load[\ud800]/x#1", "x" * 200_000 + "#1", "größe#1"):
        entries = build_environment(make_work({}, activation=activation, address=activation), ["true"], {}).entries
        subprocess.run(["true"], env=entries, check=True)
