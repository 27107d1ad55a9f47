"""Every sample, run through the real command: its exit code, its outputs, the statuses of its nodes."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
WEATHER = SAMPLES / "weather-etl" / "weather-etl.yaml"

Command = Callable[..., "subprocess.CompletedProcess[str]"]

#: What a run of each sample gives: its outputs, and the statuses of the nodes that the sample is about.
EXPECTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "hello": ({"said": "hello, world"}, {"greet": "completed", "say": "completed"}),
    "nodes/python-script": ({"total": 6, "largest": 3}, {}),
    "nodes/python-file": ({"words": 4}, {}),
    "nodes/python-call": ({"text": "good morning, Ada"}, {}),
    "nodes/shell-script": ({"length": "5", "words": ["good", "evening"], "stdout": "good evening, world\n"}, {}),
    "nodes/shell-command": ({"stdout": "two  spaces; and $HOME"}, {}),
    "nodes/shell-parse": ({"size": 3, "result": [1, 2, 3], "lines": ["one", "two"]}, {}),
    "nodes/csharp": (
        {"text": "Edsger is fine", "letters": 14, "shouted": "EDSGER IS FINE!"},
        {"measure": "completed", "judge": "completed", "from-file": "completed"},
    ),
    "nodes/if": ({"size": "many"}, {"many": "completed", "few": "skipped", "after": "completed"}),
    "nodes/switch": ({"port": "go"}, {"go": "completed", "stop": "skipped", "look": "skipped"}),
    "nodes/foreach": ({"squares": [9, 1, 4, 25, 16], "count": 5}, {"square": "completed"}),
    "nodes/foreach-key": ({}, {"load[ada]/greet": "completed", "load[bob]/greet": "completed"}),
    "nodes/foreach-tolerate": ({"quotients": [2.0, None, 4.0, 8.0], "failed": 1}, {"halve": "completed"}),
    "nodes/foreach-until": ({"looked_at": 3}, {"search": "completed"}),
    "nodes/container-graph": ({"shipped": "ABC"}, {"build/fetch": "completed", "build/compile": "completed"}),
    "nodes/container-parallel": ({"checked": 3}, {"checks/memory": "completed"}),
    "nodes/container-sequential": ({"steps": ["drain", "patch", "restart"]}, {"update/restart": "completed"}),
    "nodes/end": ({"found": True}, {"search": "completed", "done": "completed", "slow": "cancelled"}),
    "nodes/end-failed": ({}, {"check": "completed"}),
    "nodes/end-cancelled": ({}, {}),
    "nodes/cancel": ({"cancelled": ["slow"]}, {"slow": "cancelled", "stop": "completed"}),
    "nodes/noop": ({"both": {"left": 1, "right": 2}}, {"both": "completed"}),
    "nodes/while": ({"number": 128, "iterations": 7}, {"double": "completed"}),
    "nodes/subflow": ({"greeting": "hello, moon", "text": "hello, moon"}, {"call/greet": "completed"}),
    "nodes/subflow-child": ({"text": "hello, world"}, {}),
    "nodes/breaker": ({"why": ["failed"] * 3 + ["breaker open"] * 3}, {"days": "completed"}),
    "nodes/wait": ({}, {"pause": "completed", "after": "completed"}),
    "nodes/wait-until": ({"ready": 2}, {"gate": "completed", "after": "completed"}),
    "nodes/compensate": (
        {"log": ["hotel 22 cancelled: no car left", "flight 11 cancelled"]},
        {"car": "failed", "cancel-hotel": "completed", "cancel-flight": "completed"},
    ),
    "nodes/retry": ({"attempts": "3"}, {"unsteady": "completed"}),
    "nodes/fallback": (
        {"answer": 42, "because": "failed after 2 attempts"},
        {"ask": "completed", "guess": "completed"},
    ),
    "nodes/powershell": (
        {"lines": [f"good morning, {name}" for name in ("Ada", "Grace", "Edsger")], "longest": 20, "greeted": 3},
        {"greet": "completed", "tell": "completed"},
    ),
    "nodes/timer": ({"triggered": True}, {"nightly": "completed", "backup": "completed"}),
    "edges/complete": ({"sum": 3, "apart": ["b", "c"]}, {"d": "completed"}),
    "edges/fail": (
        {"seen": "risky: ValueError: no such customer"},
        {"risky": "failed", "after": "skipped", "repair": "completed"},
    ),
    "edges/fail-notify": ({}, {"risky": "failed", "tell": "completed"}),
    "edges/fail-repair": ({"answer": 42}, {"primary": "failed", "replica": "completed", "use": "completed"}),
    "edges/cancel": ({"tidied": True}, {"slow": "cancelled", "tidy": "completed"}),
    "edges/next": ({"seen": ["0:A", "1:B", "2:C"]}, {"produce": "completed", "consume": "completed"}),
    "edges/always": ({"cleaned_after": "failed"}, {"work": "failed", "clean": "completed"}),
    "edges/condition": ({"noted": 0.93}, {"scale-up": "completed", "scale-down": "skipped", "note": "completed"}),
    "edges/priority": ({"order": ["high", "middle", "low"]}, {}),
    "edges/ports": ({"found": "true"}, {"found": "completed", "missing": "skipped"}),
    "edges/join-all": ({"both": {"left": "l", "right": "r"}}, {"both": "completed"}),
    "edges/join-any": ({"first": "quick"}, {"late": "completed", "first": "completed"}),
    "edges/join-each": ({"count": 3}, {"each": "completed"}),
    "edges/join-count": ({"votes": 2}, {"majority": "completed"}),
    "edges/cancel-rest": ({"answer": 42}, {"slow": "cancelled", "first": "completed"}),
    "edges/disabled": ({}, {"audit": "skipped", "after": "completed"}),
}

#: Samples that have more than one activation of a node, and how many.
ACTIVATIONS = {("edges/next", "consume"): 3, ("edges/join-each", "each"): 3, ("edges/join-any", "first"): 1}


def sample_names() -> list[str]:
    found = [SAMPLES / "hello.yaml", *SAMPLES.glob("nodes/*.yaml"), *SAMPLES.glob("edges/*.yaml")]
    return sorted(str(path.relative_to(SAMPLES).with_suffix("")) for path in found)


#: Samples that run only where a program is found; that they are valid is seen everywhere.
NEEDS = {"nodes/powershell": pytest.mark.requires_pwsh}


def samples_to_run() -> list[Any]:
    return [pytest.param(name, marks=NEEDS[name]) if name in NEEDS else name for name in sample_names()]


def expected_exit(path: Path) -> int:
    said = re.match(r"# exit: (\d+)\n", path.read_text(encoding="utf-8"))
    return int(said[1]) if said else 0


def test_every_sample_is_expected_to_do_something() -> None:
    assert sample_names() == sorted(EXPECTED)


@pytest.mark.parametrize("name", samples_to_run())
def test_a_sample_does_what_it_is_there_to_show(name: str, wflow: Command, request: pytest.FixtureRequest) -> None:
    path = SAMPLES / f"{name}.yaml"
    outputs, statuses = EXPECTED[name]
    if "type: csharp" in path.read_text(encoding="utf-8"):
        request.getfixturevalue("csharp_home")

    ran = wflow("run", path, "--id", "sample", "--output", "plain")
    assert ran.returncode == expected_exit(path), ran.stdout + ran.stderr

    told = wflow("status", "sample", "--json")
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    assert status["outputs"] == outputs
    assert status["status"] == {0: "completed", 1: "failed", 4: "cancelled"}[ran.returncode]
    assert (status["error"] is None) == (ran.returncode != 1)
    nodes = {node["address"]: node for node in status["nodes"]}
    assert {address: nodes[address]["status"] for address in statuses} == statuses
    for (sample, address), count in ACTIVATIONS.items():
        if sample == name:
            assert nodes[address]["activations"] == count


def test_a_tolerated_item_is_told_of_under_strict_only(wflow: Command) -> None:
    path = SAMPLES / "nodes" / "foreach-tolerate.yaml"
    assert wflow("run", path, "--output", "quiet").returncode == 0
    assert wflow("run", path, "--output", "quiet", "--strict").returncode == 6


@pytest.mark.parametrize(("value", "many", "few"), [(9, "completed", "skipped"), (2, "skipped", "completed")])
def test_a_parameter_decides_which_branch_is_taken(wflow: Command, value: int, many: str, few: str) -> None:
    assert wflow("run", SAMPLES / "nodes" / "if.yaml", "-p", f"count={value}", "--id", "r").returncode == 0
    nodes = {n["address"]: n["status"] for n in json.loads(wflow("status", "r", "--json").stdout)["nodes"]}
    assert (nodes["many"], nodes["few"], nodes["after"]) == (many, few, "completed")


def test_every_sample_is_valid_by_the_validate_command(wflow: Command) -> None:
    files = [SAMPLES / f"{name}.yaml" for name in sample_names()] + [WEATHER]
    said = wflow("validate", *files, "--format", "json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert json.loads(said.stdout)["problems"] == []


class TestWeather:
    """The sample on real input."""

    @staticmethod
    def arguments(folder: Path, **more: str) -> list[str]:
        places = {
            "database": folder / "weather.db",
            "report": folder / "report.md",
            "rejects": folder / "rejected-rows.csv",
            **more,
        }
        return [part for name, value in places.items() for part in ("-p", f"{name}={value}")]

    @staticmethod
    def contents(folder: Path) -> list[list[tuple[Any, ...]]]:
        database = sqlite3.connect(folder / "weather.db")
        try:
            return [
                database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in ("weather", "months", "rejected_rows")
            ]
        finally:
            database.close()

    def test_it_loads_every_day_and_rejects_the_rows_that_are_wrong(self, wflow: Command, tmp_path: Path) -> None:
        ran = wflow("run", WEATHER, *self.arguments(tmp_path), "--id", "etl")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        status = json.loads(wflow("status", "etl", "--json").stdout)
        assert status["outputs"] == {
            "loaded": 1461,
            "rejected": 3,
            "hottest": 35.6,
            "coldest": -7.1,
            "precipitation": 4426.0,
        }
        weather, months, rejected = self.contents(tmp_path)
        assert (len(weather), len(months), len(rejected)) == (1461, 48, 3)
        assert [row[:2] for row in rejected] == [("bad-rows.csv", 2), ("bad-rows.csv", 3), ("bad-rows.csv", 4)]
        assert len((tmp_path / "rejected-rows.csv").read_text(encoding="utf-8").splitlines()) == 4

    def test_the_command_that_the_report_prints_gives_the_figures_of_the_report(
        self, wflow: Command, tmp_path: Path
    ) -> None:
        assert wflow("run", WEATHER, *self.arguments(tmp_path)).returncode == 0
        report = (tmp_path / "report.md").read_text(encoding="utf-8")
        command = next(line.strip() for line in report.splitlines() if line.strip().startswith("python3 -c"))
        given = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True).stdout
        figures = re.findall(r"-?\d+(?:\.\d+)?", report.splitlines()[4])
        assert re.findall(r"-?\d+(?:\.\d+)?", given) == figures == ["1461", "4426.0", "35.6", "-7.1", "3"]

    def test_running_it_again_changes_nothing(self, wflow: Command, tmp_path: Path) -> None:
        arguments = self.arguments(tmp_path)
        assert wflow("run", WEATHER, *arguments).returncode == 0
        before = self.contents(tmp_path)
        assert wflow("run", WEATHER, *arguments).returncode == 0
        assert self.contents(tmp_path) == before

    def test_without_the_second_file_nothing_is_rejected(self, wflow: Command, tmp_path: Path) -> None:
        assert wflow("run", WEATHER, *self.arguments(tmp_path, extra=""), "--id", "clean").returncode == 0
        outputs = json.loads(wflow("status", "clean", "--json").stdout)["outputs"]
        assert (outputs["loaded"], outputs["rejected"]) == (1461, 0)
        assert "No row was rejected." in (tmp_path / "report.md").read_text(encoding="utf-8")

    def test_a_file_that_is_not_there_fails_the_run_and_reports_nothing(self, wflow: Command, tmp_path: Path) -> None:
        ran = wflow("run", WEATHER, *self.arguments(tmp_path, source="data/nowhere.csv"), "--id", "lost")
        assert ran.returncode == 1
        assert "nowhere.csv" in ran.stdout + ran.stderr
        assert "wflow resume lost" in ran.stdout + ran.stderr
        assert not (tmp_path / "report.md").exists()
