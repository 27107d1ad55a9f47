"""PowerShell nodes with a real PowerShell, where there is one: everything that the guide promises."""

# ruff: noqa: E501 - a case is read at a glance where its script, input and output stand in their lines

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.powershell import PowerShellRuntime
from wflow.runtimes.registry import runtime_for
from wflow.runtimes.work import Failure, Outcome, RunFacts, Stop, Work

pytestmark = pytest.mark.requires_pwsh


class Bench:
    """Runs scripts in a folder of their own."""

    def __init__(self, runtime: PowerShellRuntime, folder: Path) -> None:
        self.runtime = runtime
        self.folder = folder
        self.home = folder / "flow"
        self.home.mkdir()
        self.reported: list[tuple[float, str]] = []

    def work(self, script: str, settings: Mapping[str, Any] | None = None, **given: Any) -> Work:
        values: dict[str, Any] = {
            "run": RunFacts("pwsh-run", "flow", self.home, self.folder, (), 5.0),
            "activation": "node#1",
            "address": "node",
            "attempt": 1,
            "type": "powershell",
            "settings": {"script": script, **(settings or {})},
            "input": {},
            "inputs": {},
            "variables": {},
            "params": {},
            "env": {},
            "idempotency_key": "key",
            "log": str(self.folder / "logs" / "1"),
            "scratch": str(self.folder / "work" / "1"),
            "stop": Stop(),
            "progress": lambda percent, message: self.reported.append((percent, message)),
        }
        return Work(**{**values, **given})

    def run(self, script: str, settings: Mapping[str, Any] | None = None, **given: Any) -> Outcome:
        return self.runtime.run(self.work(script, settings, **given))

    def failure(self, script: str, settings: Mapping[str, Any] | None = None, **given: Any) -> Failure:
        failure = self.run(script, settings, **given).failure
        assert failure is not None
        return failure

    def put(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def printed(self) -> str:
        path = self.folder / "logs" / "1.out"
        return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    runtime = runtime_for("powershell")
    assert isinstance(runtime, PowerShellRuntime)
    yield Bench(runtime, tmp_path)
    runtime.close()


GUIDE = Path(__file__).resolve().parents[2] / "docs" / "powershell.md"
GUIDE_SCRIPT = GUIDE.read_text(encoding="utf-8").split("```powershell\n")[1].split("```")[0]

DATE = "2024-01-01T00:00:00Z"

COMPLETES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the input as a whole and by its keys": (
        "Set-Output a $Input.a; Set-Output b (Get-Input b); Set-Output c (Get-Input c -Default 3); Set-Output d (Get-Input d)",
        {"input": {"a": 1, "b": "x"}},
        {"a": 1, "b": "x", "c": 3, "d": None},
    ),
    "the input in functions and blocks": (
        "function f { (Get-Input).a }; Set-Output a (f); Set-Output b (1..2 | ForEach-Object { Get-Input a })",
        {"input": {"a": 1}},
        {"a": 1, "b": [1, 1]},
    ),
    "the input after using and param": (
        "using namespace System.IO\n#requires -Version 7\n[CmdletBinding()]\nparam($Unused)\n# why\nSet-Output a $Input['a']",
        {"input": {"a": 1}},
        {"a": 1},
    ),
    "the input before a class, a label and a trap": (
        "class P { [int] $X = 2 }\ntrap { break }\n:outer foreach ($i in 1..2) { continue outer }\nSet-Output a ($Input.a + [P]::new().X)",
        {"input": {"a": 1}},
        {"a": 3},
    ),
    "blocks of their own": (
        "begin { Set-Output b (Get-Input a) } process { Set-Output p 1 } end { return @{ e = 2 } }",
        {"input": {"a": 1}},
        {"b": 1, "p": 1, "e": 2},
    ),
    "the inputs by their source": (
        "Set-Output k (Get-Input k -From b); Set-Output n (Get-Input n -From b); Set-Output all (Get-Input -From b)",
        {"inputs": {"b": {"k": 2}}},
        {"k": 2, "n": None, "all": {"k": 2}},
    ),
    "a list of one stays a list": (
        "Set-Output a $Input.l; Set-Output b (Get-Input l -NoEnumerate); Set-Output c @(Get-Input l); Set-Output d (Get-Input l)",
        {"input": {"l": [1]}},
        {"a": [1], "b": [1], "c": [1], "d": 1},
    ),
    "an empty list stays a list": (
        "Set-Output a $Input.l; Set-Output b (Get-Param l -NoEnumerate); Set-Output c @(Get-Global l); Set-Output d @()",
        {"input": {"l": []}, "params": {"l": []}, "variables": {"l": []}},
        {"a": [], "b": [], "c": [], "d": []},
    ),
    "lists in lists, with nulls": (
        "Set-Output a $Input.l; Set-Output b @($null, 1); Set-Output c (, @(, 1))",
        {"input": {"l": [[1], [], [[None, DATE]], None]}},
        {"a": [[1], [], [[None, DATE]], None], "b": [None, 1], "c": [[1]]},
    ),
    "what looks like a date stays text": (
        "Set-Output t $Input.t; Set-Output k $Input.t.GetType().Name; Set-Output m $Input.m",
        {"input": {"t": DATE, "m": "wflow-text:"}},
        {"t": DATE, "k": "String", "m": "wflow-text:"},
    ),
    "values of every kind": (
        "Set-Output v $Input.v; Set-Output n $null; Set-Output i $Input.i",
        {"input": {"v": {"a": [1, 2.5, True, None, "ü🙂\n\"", {"b": [], "": {}}]}, "i": [2**63 - 1, -(2**63), 5.0, 1e300]}},
        {"v": {"a": [1, 2.5, True, None, "ü🙂\n\"", {"b": [], "": {}}]}, "n": None, "i": [2**63 - 1, -(2**63), 5.0, 1e300]},
    ),
    "keys that are members of a table": (
        "Set-Output v $Input; $Output['Count'] = 0; $Output['Keys'] = 1; return @{ Values = @{ Count = 0 } }",
        {"input": {"Keys": [DATE], "Count": 0, "psobject": 1}},
        {"v": {"Keys": [DATE], "Count": 0, "psobject": 1}, "Count": 0, "Keys": 1, "Values": {"Count": 0}},
    ),
    "keys are told apart by case": (
        "Set-Output v $Input.A; Set-Output w (Get-Input a); Set-Output all $Input",
        {"input": {"a": 1, "A": 2}},
        {"v": 2, "w": 1, "all": {"a": 1, "A": 2}},
    ),
    "a mapping that is returned": ("Set-Output a 1; 'printed'; return @{ b = 2 }", {}, {"a": 1, "b": 2}),
    "mappings that are left in the pipeline": (
        "@{ a = 1 }; [ordered] @{ b = 2 }; [System.Collections.Generic.Dictionary[string, int]]::new(); $Input",
        {"input": {"c": 3}},
        {"a": 1, "b": 2, "c": 3},
    ),
    "parameters, scratch, ids": (
        "$Local.x = 1; Set-Output p (Get-Param p); Set-Output x $Local['x']; Set-Output r $RunId; Set-Output t $env:WFLOW_ATTEMPT",
        {"params": {"p": "q"}},
        {"p": "q", "x": 1, "r": "pwsh-run", "t": "1"},
    ),
    "dates, times, names and places as text": (
        ("Set-Output v @([datetime]::new(2024, 1, 2), [timespan]::FromSeconds(90), [System.DayOfWeek]::Friday, [version]'1.2',"
        " [guid]::Empty, [uri]'http://a/b%20c', [System.DateOnly]::new(2024, 1, 2), (Get-Item /), (Resolve-Path /), [char]'x')"),
        {},
        {"v": ["2024-01-02T00:00:00", "00:01:30", "Friday", "1.2", "00000000-0000-0000-0000-000000000000", "http://a/b%20c",
               "2024-01-02", "/", "/", "x"]},
    ),
    "objects of properties, and of classes of the script": (
        ("class P { [int] $X = 2; [object[]] $L = @(1) }\nSet-Output a ([pscustomobject] @{ n = 1; p = [P]::new() })\n"
        "Set-Output b @(Get-Item / | Select-Object Name); Set-Output c ([pscustomobject] @{})"),
        {},
        {"a": {"n": 1, "p": {"X": 2, "L": [1]}}, "b": [{"Name": "/"}], "c": {}},
    ),
    "numbers, flags, lists and tables of every type": (
        ("Set-Output v @([byte] 1, [uint64]::MaxValue, 1.10d, [switch] $true, [float] 0.5, [System.DBNull]::Value)\n"
        "Set-Output s ([System.Collections.Generic.HashSet[string]] @('x')); Set-Output b ([byte[]] (1, 2))\n"
        "Set-Output t @{ 1 = 'one' }; Set-Output l ([System.Collections.ArrayList] @(1))"),
        {},
        {"v": [1, 2**64 - 1, 1.1, True, 0.5, None], "s": ["x"], "b": [1, 2], "t": {"1": "one"}, "l": [1]},
    ),
    "text with properties of its own": (
        "Set-Content f.txt 'line'; Set-Output l (Get-Content f.txt); Set-Output m @(Get-Content f.txt)", {}, {"l": "line", "m": ["line"]},
    ),
    "the script of the guide": (
        GUIDE_SCRIPT.replace("([FileInfo]::new($Path)).Length", "$Path.Length"),
        {"input": {"files": ["a", "bc"]}},
        {"sizes": {"a": 1, "bc": 2}, "total": 3},
    ),
    "exit with zero": ("$Output['b'] = 2; Set-Output a 1; exit 0", {}, {"a": 1, "b": 2}),
    "exit in a block and a function": ("function f { 1 | ForEach-Object { exit 0 } }; Set-Output a 1; f; throw 'no'", {}, {"a": 1}),
    "break outside a loop ends it": ("$Output['a'] = 1; break; throw 'no'", {}, {"a": 1}),
    "a program that fails does not end it": ("sh -c 'exit 3'; Set-Output c $LASTEXITCODE", {}, {"c": 3}),
    "errors that it catches": (
        ("try { Get-Item /nowhere } catch [System.Management.Automation.ItemNotFoundException] { Set-Output a 1 }\n"
        "try { Get-Param p } catch [System.Collections.Generic.KeyNotFoundException] { Set-Output b $_.Exception.Message }\n"
        "try { Set-Output c ([double]::NaN) } catch { Set-Output d 1 }"),
        {},
        {"a": 1, "b": "the workflow declares no parameter `p`", "d": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLETES)
def test_a_script_completes_with_its_output(bench: Bench, name: str) -> None:
    script, given, output = COMPLETES[name]
    outcome = bench.run(script, **given)
    assert outcome.failure is None
    assert outcome.output == output


REFUSED = {
    "nan": ("Set-Output k @(1, [double]::NaN)", "`k[1]` is NaN, which JSON does not have"),
    "an object": (
        "Set-Output k @{ a = [System.IO.MemoryStream]::new() }",
        "`k.a` is of type System.IO.MemoryStream, which is no JSON value: take of it what is needed, as Select-Object does",
    ),
    "a script block, returned": (
        "return @{ k = { 1 } }",
        "`k` is of type System.Management.Automation.ScriptBlock, which",
    ),
    "a table that holds itself": ("$t = @{}; $t.t = $t; Set-Global g $t", "`g.t.t.t.t"),
    "an object in $Output, at exit": (
        "$Output['k'] = [System.Threading.Thread]::CurrentThread; exit 0",
        "`k` is of type",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_value_is_an_error_that_names_it(bench: Bench, name: str) -> None:
    script, message = REFUSED[name]
    failure = bench.failure(script, variables={"g": None})
    assert (failure.type, failure.message[: len(message)]) == ("ValueNotJson", message)


def test_a_number_of_more_than_64_bits_stays_one_or_is_refused(bench: Bench) -> None:
    """PowerShell writes one since 7.5."""
    outcome = bench.run("Set-Output n $Input.n", input={"n": 2**70})
    if outcome.failure is None:
        assert outcome.output == {"n": 2**70}
    else:
        assert (
            outcome.failure.message
            == "`n` is a whole number of more than 64 bits, which PowerShell can write since 7.5"
        )


def test_a_long_list_takes_seconds_at_most(bench: Bench) -> None:
    rows = [{"id": number, "name": f"row {number}"} for number in range(20_000)]
    assert bench.run("Set-Output rows $Input.rows", input={"rows": rows}).output == {"rows": rows}


def test_writes_to_variables_are_operations_and_its_own_writes_are_seen(bench: Bench) -> None:
    script = "Add-Global n 2; Add-Global n; Add-Global n -2.5; Set-Global l @(1); Set-Output n (Get-Global n); Set-Output l (Get-Global l -NoEnumerate)"
    outcome = bench.run(script, variables={"n": 1, "l": None})
    assert outcome.operations == (("add", "n", 2), ("add", "n", 1), ("add", "n", -2.5), ("set", "l", [1]))
    assert outcome.output == {"n": 1.5, "l": [1]}


FAILS = {
    "a throw": ("$a = 1\nthrow 'no such customer'", "RuntimeException", "no such customer", 2),
    "a method": ("\n[System.Convert]::FromBase64String('x')", "FormatException", "The input is not a valid Base-64", 2),
    "a property": ("\n$e = [System.Text.StringBuilder]::new()\n$e.Length = -1", "ArgumentOutOfRangeException", "", 3),
    "a cmdlet": ("Get-Item /nowhere/at/all", "ItemNotFoundException", "Cannot find path '/nowhere/at/all'", 1),
    "Write-Error": ("Write-Error 'so bad'", "WriteErrorException", "so bad", 1),
    "a command that is not there": ("\nGet-Nothing 1", "CommandNotFoundException", "The term 'Get-Nothing' is not", 2),
    "a name that was never set": (
        "$undeclared + 1",
        "RuntimeException",
        "The variable '$undeclared' cannot be retrieved",
        1,
    ),
    "a key that is not there": (
        "\n$Input.nothing",
        "PropertyNotFoundException",
        "The property 'nothing' cannot be found",
        2,
    ),
    "a variable that is not declared": (
        "\nGet-Global g",
        "KeyNotFoundException",
        "the workflow declares no variable `g`",
        2,
    ),
    "a parameter that is not declared": (
        "Get-Param p",
        "KeyNotFoundException",
        "the workflow declares no parameter `p`",
        1,
    ),
    "a node that sent nothing": ("Get-Input k -From x", "KeyNotFoundException", "nothing came from a node `x`", 1),
    "a value that is no JSON": ("\n\nSet-Output k { 1 }", "ValueNotJson", "`k` is of type", 3),
    "a class of the script": ("class Full : System.Exception {}\nthrow [Full]::new()", "Full", "", 2),
    "what cannot be read": ("$a = 1\nif ($a {", "ParseException", "", 2),
    "a question": ("\nRead-Host 'who'", "PSInvalidOperationException", "", 2),
}


@pytest.mark.parametrize("name", FAILS)
def test_an_error_is_a_failure_with_type_message_and_line(bench: Bench, name: str) -> None:
    script, kind, message, line = FAILS[name]
    failure = bench.failure(script)
    assert (failure.type, failure.message[: len(message)]) == (kind, message)
    assert failure.traceback.splitlines()[0] == f"<node>:{line}: {script.splitlines()[line - 1]}"
    assert "powershell.ps1" not in failure.traceback


def test_the_stack_leads_through_functions_and_files(bench: Bench) -> None:
    step = bench.put("step.ps1", "function f {\n    & $PSScriptRoot/part.ps1\n}\nf\n")
    part = bench.put("part.ps1", "\nthrow 'here'\n")
    failure = bench.failure("", {"file": "step.ps1"})
    assert failure.traceback.splitlines() == [
        f"{part}:2: throw 'here'",
        f"    at <ScriptBlock>, {part}: line 2",
        f"    at f, {step}: line 2",
        f"    at <ScriptBlock>, {step}: line 4",
    ]


@pytest.mark.parametrize(
    "script", ["exit 75", "function f { exit 75 }; $Output['a'] = 1; f", "1 | ForEach-Object { exit 75 }"]
)
def test_an_exit_code_is_a_failure_of_that_code(bench: Bench, script: str) -> None:
    failure = bench.failure(script)
    assert (failure.type, failure.exit_code) == ("ExitCode", 75)


def test_the_helpers_are_there_in_script_files_and_modules(bench: Bench) -> None:
    bench.put("part.ps1", "Set-Output b (Get-Input a)\n")
    # Strictness is the script's: what a module does with a name that was never set is its own affair.
    bench.put("Tools.psm1", "function Use-It { Set-Output m (Get-Input a); Set-Output n $nothing.Count }\n")
    outcome = bench.run("& ./part.ps1; Use-It", {"modules": ["./Tools.psm1"]}, input={"a": 1})
    assert outcome == Outcome("completed", {"b": 1, "m": 1, "n": 0})


def test_progress_is_reported_both_ways(bench: Bench) -> None:
    bench.run("Write-Progress -Activity Load -Status 'half way' -PercentComplete 50")
    bench.run("Set-NodeProgress 75.5 'nearly'")
    bench.run(
        "Write-Progress Inner -ParentId 1 -PercentComplete 9; Write-Progress Load -Completed; Write-Progress Load"
    )
    assert bench.reported == [(50.0, "half way"), (75.5, "nearly")]


def test_modules_are_imported_by_name_and_by_path(bench: Bench) -> None:
    bench.put("modules/Greeting/Greeting.psm1", "function Get-Greeting { 'hello' }\nfunction Frob-It { }\n")
    bench.put("lib/More.ps1", "function Get-More { 'more' }\n")
    settings = {"modules": ["Greeting", "lib/More.ps1"], "module_paths": ["modules"]}
    assert bench.run("Set-Output g @((Get-Greeting), (Get-More))", settings).output == {"g": ["hello", "more"]}
    assert bench.printed() == ""


def test_a_module_that_is_not_there_is_said(bench: Bench) -> None:
    failure = bench.failure("1", {"modules": ["Nowhere"]})
    assert failure.type == "FileNotFoundException"
    assert failure.message.startswith("The specified module 'Nowhere' was not loaded")


def test_what_is_printed_is_plain_text(bench: Bench) -> None:
    script = "'grün 🙂'; Write-Host -ForegroundColor Red told; Write-Warning careful; [pscustomobject] @{ n = 1 }; 3"
    assert bench.run(script) == Outcome("completed", {})
    lines = bench.printed().split()
    assert lines == ["grün", "🙂", "told", "WARNING:", "careful", "n", "-", "1", "3"]


def test_an_error_that_it_goes_on_after_is_printed_without_colours(bench: Bench) -> None:
    assert (
        bench.run("$ErrorActionPreference = 'Continue'; Write-Error 'so bad'; Get-Item /nowhere").status == "completed"
    )
    printed = (bench.folder / "logs" / "1.err").read_text(encoding="utf-8")
    assert "so bad" in printed
    assert "Cannot find path '/nowhere'" in printed
    assert "\x1b" not in printed


def test_a_script_file_may_have_a_byte_order_mark_and_lines_of_windows(bench: Bench) -> None:
    path = bench.put("step.ps1", "\ufeff# ü\r\nSet-Output k 'ü'\r\nthrow 'x'\r\n")
    assert bench.failure("", {"file": "step.ps1"}).traceback.splitlines()[0] == f"{path}:3: throw 'x'"


def test_a_stop_ends_it(bench: Bench) -> None:
    work = bench.work("Set-NodeProgress 1; Start-Sleep 60")
    work.progress = lambda percent, message: work.stop.ask("cancel")
    timer = threading.Timer(30, bench.runtime.abandon, [work])
    timer.start()
    assert bench.runtime.run(work) == Outcome("cancelled")
    assert timer.is_alive()
    timer.cancel()


def test_a_retry_knows_an_error_by_its_type(wflow: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text(
        "name: again\nnodes:\n  load:\n    type: powershell\n"
        "    retry: {max_attempts: 2, initial_delay: 0s, on: [FormatException]}\n    script: |\n"
        "      if ($env:WFLOW_ATTEMPT -eq 1) { [System.Convert]::FromBase64String('x') }\n"
    )
    assert wflow("run", str(tmp_path / "again.yaml"), "--output", "plain").returncode == 0
