"""`wflow resume` with `--from`, `--updated`, `-p` and `--dry-run`, and the plan of a revision in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.revision import revision_text

Write = Callable[..., Path]

FAILS = """\
name: x
nodes:
  first: {type: shell, script: 'echo first >> log'}
  second: {type: shell, script: 'echo second >> log; exit 1'}
edges: [first -> second]
"""
REPAIRED = FAILS.replace("; exit 1", "")
TREE = """\
name: x
nodes:
  box:
    type: container
    nodes:
      in1: {type: shell, script: 'echo in1 >> log'}
      in2: {type: shell, script: 'echo in2 >> log'}
    edges: [in1 -> in2]
  load:
    type: foreach
    items: [a, b, c]
    max_concurrent: 1
    nodes: {do: {type: shell, env: {ITEM: "${{ item }}"}, script: 'echo do $ITEM >> log'}}
  last: {type: shell, script: 'echo last >> log'}
edges: [box -> last]
"""
ITEMS = """\
name: x
parameters: {names: {type: array, default: [a, b]}}
nodes:
  load:
    type: foreach
    items: params.names
    max_concurrent: 1
    nodes:
      do:
        type: shell
        env: {ITEM: "${{ item }}"}
        script: 'echo $ITEM >> log; test $ITEM != b || test -e repaired'
"""
UNDOES = """\
name: x
nodes:
  book: {type: shell, script: 'echo book >> log', compensate: unbook}
  unbook: {type: shell, script: 'echo unbook >> log'}
  pay: {type: shell, script: 'echo pay >> log; test -e repaired'}
edges: [book -> pay]
"""
EMPTY: dict[str, Any] = {
    "kept": {"nodes": 1, "activations": 1},
    "changed": [],
    "dropped": [],
    "new": [],
    "again": [],
    "unfinished": [],
    "moved": [],
}


@pytest.fixture
def done(tmp_path: Path) -> Callable[[], list[str]]:
    """``done()``: what the scripts have written to the file ``log`` since it was last asked."""

    def read() -> list[str]:
        log = tmp_path / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return lines

    return read


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_a_failed_run_goes_on_with_an_updated_file_and_repeats_nothing_that_finished(
    cli: Any, write: Write, done: Callable[[], list[str]]
) -> None:
    assert cli("run", write(FAILS), "--id", "r", "--output", "quiet").code == 1
    assert done() == ["first", "second"]
    said = cli("resume", "r", "--updated", write(REPAIRED, "new.yaml"), "--output", "plain")
    assert said.code == 0
    assert said.out.splitlines()[:3] == [
        "kept     1 node",
        "changed  second (its script)",
        "again    second, which did not finish",
    ]
    assert done() == ["second"]
    assert cli("resume", "r", "--output", "plain").out == "run r has completed; there is nothing to continue\n"


def test_a_change_of_what_finished_is_refused_and_the_cure_works(
    cli: Any, write: Write, home: Path, done: Callable[[], list[str]]
) -> None:
    cli("run", write(FAILS), "--id", "r", "--output", "quiet")
    done()
    new = write(REPAIRED.replace("echo first", "echo other"), "new.yaml")
    before = (home / "runs/r/journal").read_bytes()
    said = cli("resume", "r", "--updated", new)
    assert (said.code, said.out) == (2, "")
    assert "the definition has something else there now: first (its script)" in said.err
    assert "`--from first` runs it again, with what comes after" in said.err
    assert (home / "runs/r/journal").read_bytes() == before
    assert done() == []
    assert cli("resume", "r", "--updated", new, "--from", "first", "--output", "quiet").code == 0
    assert done() == ["other", "second"]


@pytest.mark.parametrize(
    ("address", "again"),
    [
        ("box/in2", ["in2", "last"]),
        ("box/in1", ["in1", "in2", "last"]),
        ("load[1]", ["do b"]),
        ("load[2]/do", ["do c"]),
        ("last", ["last"]),
    ],
)
def test_a_node_that_is_named_runs_again_with_what_comes_after_and_nothing_else_does(
    cli: Any, write: Write, done: Callable[[], list[str]], address: str, again: list[str]
) -> None:
    assert cli("run", write(TREE), "--id", "r", "--output", "quiet").code == 0
    assert sorted(done()) == ["do a", "do b", "do c", "in1", "in2", "last"]
    assert cli("resume", "r", "--from", address, "--output", "quiet").code == 0
    assert done() == again


def test_a_parameter_adds_items_and_those_that_finished_are_not_repeated(
    cli: Any, write: Write, tmp_path: Path, done: Callable[[], list[str]]
) -> None:
    assert cli("run", write(ITEMS), "--id", "r", "--output", "quiet").code == 1
    assert done() == ["a", "b"]
    (tmp_path / "repaired").touch()
    assert cli("resume", "r", "--param", 'names=["a", "b", "c"]', "--output", "quiet").code == 0
    assert done() == ["b", "c"]
    assert cli("resume", "r", "-p", 'names=["a", "b", "c", "d"]', "--from", "load[2]", "--output", "quiet").code == 0
    assert done() == ["c", "d"]


def test_a_parameter_that_gives_a_finished_iteration_another_item_is_refused(
    cli: Any, write: Write, done: Callable[[], list[str]]
) -> None:
    cli("run", write(ITEMS), "--id", "r", "--output", "quiet")
    done()
    said = cli("resume", "r", "-p", 'names=["z", "b"]')
    assert (said.code, said.out) == (2, "")
    assert "it would be about another item now: load[0] (its item)" in said.err
    assert "--from load[0]" in said.err
    assert done() == []


def test_a_dry_run_prints_the_plan_and_changes_no_file(
    cli: Any, write: Write, home: Path, done: Callable[[], list[str]]
) -> None:
    cli("run", write(FAILS), "--id", "r", "--output", "quiet")
    done()
    new = write(REPAIRED, "new.yaml")
    before = contents(home)
    told = cli("resume", "r", "--updated", new, "--from", "first", "--dry-run")
    assert told == (
        0,
        "kept     0 nodes\nchanged  second (its script)\nagain    first and 1 after it\nnothing was run\n",
        "",
    )
    said = cli("resume", "r", "--updated", new, "--dry-run", "--json")
    assert (said.code, json.loads(said.out)) == (
        0,
        {
            **EMPTY,
            "version": 1,
            "run": "r",
            "changed": [{"node": "second", "why": ["its script"], "stay": 0}],
            "unfinished": ["second"],
        },
    )
    assert contents(home) == before
    assert done() == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--from", "frist"), 2, "run r has no node `frist`"),
        (("--from", "first[0]"), 2, "`first` is no loop and has no iteration `0`"),
        (("--updated", "bad.yaml"), 3, "bad.yaml is not valid; the run stays as it was"),
        (("--updated", "gone.yaml"), 2, "gone.yaml"),
        (("-p", "speed=5"), 2, "speed"),
        (("--json",), 2, "--json tells what a --dry-run would do"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_the_run_stays_as_it_was(
    cli: Any,
    write: Write,
    home: Path,
    done: Callable[[], list[str]],
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    cli("run", write(FAILS), "--id", "r", "--output", "quiet")
    done()
    write(FAILS.replace("type: shell", "type: shel"), "bad.yaml")
    before = (home / "runs/r/journal").read_bytes()
    said = cli("resume", "r", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err
    assert (home / "runs/r/journal").read_bytes() == before
    assert done() == []


def test_a_crash_after_a_revision_repeats_nothing_that_was_kept(
    cli: Any, write: Write, interrupt: Callable[..., None], done: Callable[[], list[str]]
) -> None:
    cli("run", write(FAILS), "--id", "r", "--output", "quiet")
    cli("resume", "r", "--updated", write(REPAIRED, "new.yaml"), "--output", "quiet")
    assert done() == ["first", "second", "second"]
    interrupt("r", "second#2")
    assert "interrupted" in cli("status", "r").out.splitlines()[0]
    assert cli("resume", "r", "--output", "quiet").code == 0
    assert done() == ["second"]


def test_where_events_are_printed_as_json_the_plan_is_one_and_where_nothing_is_to_be_said_it_is_not(
    cli: Any, write: Write
) -> None:
    cli("run", write(FAILS.replace("; exit 1", "")), "--id", "r", "--output", "quiet")
    said = cli("resume", "r", "--from", "second", "--output", "json")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert events[0] == {
        **EMPTY,
        "event": "run_revised",
        "version": 1,
        "run": "r",
        "again": [{"node": "second", "itself": True, "after": []}],
    }
    assert [event["event"] for event in events[1:]][-1] == "run_finished"
    for output in ("quiet", "errors"):
        assert cli("resume", "r", "--from", "second", "--output", output) == (0, "", "")


def test_what_was_undone_runs_again_when_its_run_is_resumed(
    cli: Any, write: Write, tmp_path: Path, done: Callable[[], list[str]]
) -> None:
    assert cli("run", write(UNDOES), "--id", "r", "--output", "quiet").code == 1
    assert done() == ["book", "pay", "unbook"]
    (tmp_path / "repaired").touch()
    assert cli("resume", "r", "--output", "quiet").code == 0
    assert done() == ["book", "pay"]


def test_the_plan_says_what_stays_and_what_runs_again_in_words() -> None:
    plan = {
        **EMPTY,
        "kept": {"nodes": 2, "activations": 1200},
        "changed": [{"node": "load/do", "why": ["its script", "its retry"], "stay": 3}],
        "new": ["extra"],
        "dropped": ["old"],
        "moved": ["each"],
        "again": [
            {"node": "a", "itself": True, "after": ["b", "c"]},
            {"node": "join", "itself": False, "after": ["d"]},
        ],
    }
    assert revision_text(plan).splitlines() == [
        "kept     2 nodes (1,200 activations)",
        "changed  load/do (its script, its retry; 3 that finished stay)",
        "dropped  old",
        "new      extra",
        "again    a and 2 after it",
        "again    d, after join",
        "again    each, which gets something else",
    ]


def test_a_long_plan_is_cut_short_and_names_cannot_steer_the_terminal() -> None:
    lines = revision_text({**EMPTY, "new": ["\x1b[31mred", *map(str, range(1011))]}).splitlines()
    assert lines[0] == "kept     1 node"
    assert "\x1b" not in lines[1]
    assert len(lines) == 13
    assert lines[-2:] == ["new      1,002 more", "again    nothing"]
