"""`wflow prune` removes what ended long ago, says what it freed, and asks to be told how long ago that is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.store.disk import DiskStore

GOOD = "name: good\nnodes: {a: {type: noop}}\n"
BAD = "name: bad\nnodes: {a: {type: shell, script: exit 1}}\n"


@pytest.fixture
def three(cli: Any, write: Callable[..., Path]) -> None:
    """Three runs: ``one`` and ``three`` completed, ``two`` failed."""
    for name, text in (("one", GOOD), ("two", BAD), ("three", GOOD)):
        cli("run", write(text), "--id", name, "--output", "quiet")


def left(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "runs").iterdir())


@pytest.mark.usefixtures("three")
def test_each_run_that_goes_is_told_with_its_bytes_and_a_total(cli: Any, home: Path) -> None:
    sizes = {
        name: sum(path.stat().st_size for path in (home / "runs" / name).rglob("*") if path.is_file())
        for name in ("one", "three")
    }
    said = cli("prune", "--older-than", "0", "--status", "completed")
    assert (said.code, said.err) == (0, "")
    *lines, total = said.out.splitlines()
    assert [line.split("  ")[:3] for line in lines] == [["three", "good", "completed"], ["one", "good", "completed"]]
    assert [line.split("  ")[-1] for line in lines] == [f"{sizes[name]:,} bytes" for name in ("three", "one")]
    assert total == f"2 runs removed, {sum(sizes.values()):,} bytes freed"
    assert left(home) == ["two"]


@pytest.mark.usefixtures("three")
def test_what_ended_lately_stays(cli: Any, home: Path) -> None:
    assert cli("prune", "--older-than", "1h") == (0, "there is nothing to remove\n", "")
    assert left(home) == ["one", "three", "two"]


@pytest.mark.usefixtures("three")
def test_a_dry_run_prints_the_same_and_leaves_every_file_as_it_is(cli: Any, home: Path) -> None:
    def files() -> dict[Path, tuple[int, bytes]]:
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()}

    before = files()
    dry = cli("prune", "--older-than", "0", "--keep", "1", "--dry-run")
    dry_json = cli("prune", "--older-than", "0", "--keep", "1", "--dry-run", "--json")
    assert files() == before
    real = cli("prune", "--older-than", "0", "--keep", "1")
    assert dry.out.splitlines()[:-1] == real.out.splitlines()[:-1]
    assert dry.out.splitlines()[-1].endswith("would go; nothing was removed")
    assert left(home) == ["three"]
    told = json.loads(dry_json.out)
    assert (told["version"], told["dry_run"]) == (1, True)
    assert [one["id"] for one in told["runs"]] == ["two", "one"]


@pytest.mark.usefixtures("three")
def test_json_tells_the_same(cli: Any, home: Path) -> None:
    told = json.loads(cli("prune", "--older-than", "0", "--json", "--status", "failed").out)
    (one,) = told["runs"]
    assert (one["id"], one["workflow"], one["status"]) == ("two", "bad", "failed")
    assert told["bytes"] == one["bytes"] > 0
    assert one["at"].endswith("Z")
    assert json.loads(cli("prune", "--older-than", "30d", "--json").out) == {
        "version": 1,
        "dry_run": False,
        "runs": [],
        "bytes": 0,
    }


def test_without_an_age_nothing_is_removed_and_an_example_is_given(cli: Any) -> None:
    code, out, err = cli("prune")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "wflow: error: say how old a run must be to go: --older-than",
        "  = such as `wflow prune --older-than 30d`; --dry-run shows what would go",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--older-than", "30"], "--older-than 30 has no unit"),
        (["--older-than", "30w"], "`30w` is no duration"),
        (["--older-than", ""], "`` is no duration"),
        (["--older-than", "-1d"], "`-1d` is no duration"),
        (["--older-than", "1d", "--status", "running"], "a run that is going on is never removed"),
        (["--older-than", "1d", "--status", "compleeted"], "no run has the status `compleeted`"),
        (["--older-than", "1d", "--status", ","], "--status names no status"),
        (["--older-than", "1d", "--keep", "-1"], "-1 is less than 0"),
    ],
)
def test_what_cannot_be_meant_is_misuse(cli: Any, arguments: list[str], message: str) -> None:
    said = cli("prune", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_paused_interrupted_and_damaged_runs_go_only_where_they_are_named(
    cli: Any, write: Callable[..., Path], interrupt: Callable[..., None], home: Path
) -> None:
    for name in ("damaged", "interrupted", "paused"):
        cli("run", write(BAD), "--id", name, "--output", "quiet")
    for name in ("interrupted", "paused"):
        interrupt(name, "a#1")
    cli("pause", "paused")
    journal = home / "runs" / "damaged" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    for path in (home / "runs").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert cli("prune", "--older-than", "1d").out == "there is nothing to remove\n"
    for name in ("paused", "interrupted", "damaged"):
        said = cli("prune", "--older-than", "1d", "--status", f"completed, {name}")
        assert said.out.splitlines()[0].startswith(f"{name}  ")
        assert name not in left(home)
    assert left(home) == []


@pytest.mark.usefixtures("three")
def test_a_run_that_a_process_owns_stays_whatever_is_named(cli: Any, home: Path) -> None:
    store = DiskStore(home)
    store.open("two", own=True)
    assert cli("prune", "--older-than", "0", "--status", "failed,paused,interrupted,damaged,completed").code == 0
    assert left(home) == ["two"]
    store.close()


def test_a_home_that_is_not_there_has_nothing_and_is_not_made(cli: Any, home: Path) -> None:
    assert cli("prune", "--older-than", "30d").out == "there is nothing to remove\n"
    assert cli("prune", "--older-than", "30d", "--dry-run").out == "there is nothing to remove\n"
    assert not home.exists()


@pytest.mark.usefixtures("three")
def test_a_name_from_outside_cannot_write_on_the_terminal(cli: Any, write: Callable[..., Path], home: Path) -> None:
    store = DiskStore(home)
    store.put_summary("one", {**(store.summary("one") or {}), "workflow": "\x1b[2Jgood"})
    store.close()
    assert "\x1b" not in cli("prune", "--older-than", "0").out
