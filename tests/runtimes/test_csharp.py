"""`wflow.runtimes.csharp`: C# nodes on a real .NET: what scripts see, what they give back, how they end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.csharp_library import library_script
from wflow.runtimes.csharp import CSharpRuntime
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_process import HOST
from wflow.runtimes.leftovers import facts, marked, marker_of, processes
from wflow.runtimes.work import Expected, Outcome, Place, Stop, Work

MakeWork = Callable[..., Work]
Run = Callable[..., Outcome]
Build = Callable[..., None]


@pytest.fixture(scope="module")
def runtime(csharp_cache: Path) -> Iterator[CSharpRuntime]:
    """One runtime for the module: its hosts are warm after the first test."""
    made = CSharpRuntime()
    yield made
    made.close()


@pytest.fixture
def run(runtime: CSharpRuntime, make_work: MakeWork, csharp_cache: Path) -> Run:
    """Run a script, or other settings, and give its outcome."""

    def run(script: str = "", **given: Any) -> Outcome:
        settings = given.pop("settings", {"script": script})
        place: Place | None = given.pop("place", None)
        work = make_work(settings, type="csharp", cache=csharp_cache, **given)

        class Placed(Work):
            __slots__ = ()

            def place(self, key: str) -> Place | None:
                return place

        work.__class__ = Placed
        return runtime.run(work)

    return run


@pytest.fixture
def build(run: Run, dotnet: Dotnet) -> Build:
    """Compile a library: ``build(output, source, *references)``."""

    def build(output: Path, source: str, *references: Path) -> None:
        output.parent.mkdir(parents=True, exist_ok=True)
        given = {"output": str(output), "source": source, "references": [str(path) for path in references]}
        outcome = run(library_script(dotnet.roslyn), input=given)
        assert outcome.output == {"result": ""}, outcome.failure

    return build


def hosts() -> list[int]:
    """The hosts that this process has started."""
    return [one.pid for one in processes() if marked(one.pid, marker_of(f"run-{os.getpid()}", HOST))]


def alive(pid: int | str) -> bool:
    """Whether there is such a process; one that its parent has yet to reap is none."""
    known = facts(int(pid))
    return known is not None and known.state not in "ZX"


def failure_of(outcome: Outcome) -> tuple[str, str, int | None]:
    assert outcome.status == "failed"
    assert outcome.failure is not None
    return outcome.failure.type, outcome.failure.message, outcome.failure.exit_code


#: What a script reads of its input `v`, and what comes of it: the value, an expression, the node's output `r`.
READS: list[tuple[Any, str, Any]] = [
    (5, '(int)GetInput("v") + 1', 6),
    (5, '(long)GetInput("v")', 5),
    (5, '(double)GetInput("v") / 2', 2.5),
    (5, '(decimal)GetInput("v")', 5.0),
    (5.7, '(int)GetInput("v")', 5),
    (5, '(string)GetInput("v")', "5"),
    (5, 'GetInput("v") > 4 && GetInput("v") < 6', True),
    (5, 'GetInput("v") == 5', True),
    (5, 'GetInput("v") is int', True),
    (5, '-GetInput("v")', -5),
    (3_000_000_000, '(long)GetInput("v") + 1', 3_000_000_001),
    (3_000_000_000, 'GetInput("v") is long', True),
    (10**30, '(System.Numerics.BigInteger)GetInput("v") + 1', 10**30 + 1),
    (2.5, 'GetInput("v") * 2', 5.0),
    (5.0, 'GetInput("v") / 2', 2.5),
    ("12", '(int)GetInput("v")', 12),
    (" 12 ", '(long)GetInput("v")', 12),
    ("2.5", '(double)GetInput("v")', 2.5),
    ("true", '(bool)GetInput("v")', True),
    ("ok", '(string)GetInput("v") == "ok"', True),
    ("ok", 'GetInput("v") + "!"', "ok!"),
    ("ok", 'GetInput("v").Length', 2),
    ("ok", 'GetInput("v").ToUpper()', "OK"),
    ("ok", 'string.Concat("<", GetInput("v"), ">")', "<ok>"),
    ("Friday", '(int)(DayOfWeek)GetInput("v")', 5),
    ("friday", 'GetInput<DayOfWeek>("v").ToString()', "Friday"),
    (5, '((DayOfWeek)GetInput("v")).ToString()', "Friday"),
    ("2024-02-03T04:05:06Z", '((DateTime)GetInput("v")).Day', 3),
    ("2024-02-03T04:05:06+02:00", '((DateTimeOffset)GetInput("v")).Offset.TotalHours', 2.0),
    ("2024-02-03", '((DateOnly)GetInput("v")).Month', 2),
    ("01:30:00", '((TimeSpan)GetInput("v")).TotalMinutes', 90.0),
    ("0f8fad5b-d9cb-469f-a165-70867728950e", '((Guid)GetInput("v")).ToString("N").Length', 32),
    ("https://example.org/a", '((Uri)GetInput("v")).Host', "example.org"),
    ("AQI=", '((byte[])GetInput("v")).Length', 2),
    (["a", "b"], 'string.Join("|", (string[])GetInput("v"))', "a|b"),
    (["a", "b"], '((List<string>)GetInput("v")).Count', 2),
    (["a", "b"], '((IEnumerable<string>)GetInput("v")).First()', "a"),
    ([1, 2, 3], '((int[])GetInput("v")).Sum()', 6),
    ([1, 2.5], '((double[])GetInput("v")).Sum()', 3.5),
    ([1, 2, 3], 'GetInput("v").Count', 3),
    ([1, [2, 3]], 'GetInput("v")[1][0]', 2),
    (["a", 1], '(GetInput("v") as List<object>)[1]', 1),
    ({"host": "a", "port": 1}, 'GetInput("v")["host"]', "a"),
    ({"host": "a", "port": 1}, 'GetInput("v").port + 1', 2),
    ({"a": 1, "b": 2}, '((Dictionary<string, int>)GetInput("v")).Values.Sum()', 3),
    ({"a": {"b": [1]}}, '((Dictionary<string, object>)GetInput("v")).Keys.Single()', "a"),
    ([{"Name": "x", "Size": 2}], '((Item[])GetInput("v"))[0].Size', 2),
    ([{"name": "x", "size": "2"}], 'GetInput<List<Item>>("v")[0].Name', "x"),
    (["a"], '(string)GetInput("v")', '["a"]'),
    (10**25, '(double)GetInput("v")', 1e25),
    # What stands in a list or a mapping is converted as it would be alone.
    ([1, 2.5, True, None], 'string.Join("|", (string[])GetInput("v"))', "1|2.5|true|"),
    ([5.0, "6", 7], '((int[])GetInput("v")).Sum()', 18),
    (["true", False], '((bool[])GetInput("v"))[0]', True),
    (["2024-02-03"], '((List<DateTime>)GetInput("v"))[0].Day', 3),
    (["Friday", 1], '(int)((DayOfWeek[])GetInput("v"))[0]', 5),
    ([None, 2], '((int?[])GetInput("v")).Count(one => one == null)', 1),
    ({"1": 2.0}, '((Dictionary<int, long>)GetInput("v"))[1]', 2),
    ({"a": [1, {"b": None}]}, '((Dictionary<string, object>)GetInput("v"))["a"] is List<object>', True),
    ({"name": 7, "size": 2.0}, '((Item)GetInput("v")).Name + ((Item)GetInput("v")).Size', "72"),
    ([1, 2], 'GetInput("v").Length', 2),
    (None, 'GetInput("v") ?? "x"', "x"),
    (None, 'GetInput("v") == null', True),
    (None, '(int?)GetInput("v") ?? 7', 7),
    (5, '(int?)GetInput("v") ?? 7', 5),
    ("5", '(int?)GetInput("v") ?? 7', 5),
    (None, '(string)GetInput("v") ?? "none"', "none"),
    (None, 'GetInput<string>("v") ?? "none"', "none"),
    (5, 'GetInput("other") ?? "none"', "none"),
    (5, 'GetInput<int>("v") * 2', 10),
    ("5", 'GetInput<int>("v") * 2', 10),
    (5, 'GetInput<string>("v")', "5"),
    (5, 'GetInput<int?>("other").HasValue', False),
    (["a"], 'GetInput<string[]>("v")[0]', "a"),
    (5, 'Input["v"] + Input.Count', 6),
    (5, 'Input.ContainsKey("w")', False),
    ("äöü🙂", 'GetInput("v")', "äöü🙂"),
    (True, 'GetInput("v") ? "yes" : "no"', "yes"),
    (True, '(string)GetInput("v")', "true"),
]


@pytest.mark.parametrize(("value", "expression", "result"), READS, ids=[f"{v!r:.20} {e}" for v, e, _ in READS])
def test_an_input_is_what_it_is_cast_to(run: Run, value: Any, expression: str, result: Any) -> None:
    script = f'record Item(string Name, int Size);\nSetOutput("r", {expression});'
    outcome = run(script, input={"v": value})
    assert outcome.failure is None
    assert outcome.output == {"r": result}
    assert type(outcome.output["r"]) is type(result)


@pytest.mark.parametrize(
    ("declaration", "value", "result"),
    [
        ("int x", 5, 5),
        ("long x", 5, 5),
        ("double x", 5, 5.0),
        ("int x", 5.0, 5),
        ("string x", "a", "a"),
        ("string x", 5, "5"),
        ("int x", "5", 5),
        ("bool x", True, True),
        ("List<int> x", [1, 2], [1, 2]),
        ("string[] x", ["a"], ["a"]),
        ("DateTime x", "2024-02-03T00:00:00Z", "2024-02-03T00:00:00.0000000Z"),
        ("var x", [1], [1]),
    ],
)
def test_an_input_is_what_the_variable_is_that_takes_it(run: Run, declaration: str, value: Any, result: Any) -> None:
    outcome = run(f'{declaration} = GetInput("v");\nSetOutput("r", x);', input={"v": value})
    assert outcome.output == {"r": result}


def test_an_input_can_be_walked_through(run: Run) -> None:
    script = """
var text = "";
foreach (string name in GetInput("names")) text += name;
foreach (var row in GetInput("rows")) text += row.n + row["m"];
return new { text };
"""
    outcome = run(script, input={"names": ["a", "b"], "rows": [{"n": 1, "m": "x"}]})
    assert outcome.output == {"text": "ab1x"}


def test_an_entry_can_be_set_by_its_name(run: Run) -> None:
    script = """
var row = GetInput("row");
row.size += 1; row.name = "b"; row.extra = new[] { 1 };
return row;
"""
    assert run(script, input={"row": {"name": "a", "size": 1}}).output == {"name": "b", "size": 2, "extra": [1]}


@pytest.mark.parametrize(
    ("value", "expression", "message"),
    [
        ("abc", '(int)GetInput("v")', 'the value is the text "abc", and cannot be Int32'),
        ("abc", 'GetInput<int>("v")', 'input `v` is the text "abc", and cannot be Int32'),
        (5.5, 'GetInput<int>("v")', "input `v` is 5.5, and cannot be Int32"),
        (3_000_000_000, 'GetInput<int>("v")', "input `v` is 3000000000, and cannot be Int32"),
        (None, 'GetInput<int>("v")', "input `v` is null, and cannot be Int32"),
        ([1], 'GetInput<DateTime>("v")', "input `v` is a list of 1, and cannot be DateTime"),
        (["x"], 'GetInput<List<int>>("v")', "input `v` is a list of 1, and cannot be List<Int32>"),
        (True, 'GetInput<int>("v")', "input `v` is true, and cannot be Int32"),
        (3_000_000_000, '(int)GetInput("v")', "the value is 3000000000, and cannot be Int32"),
        (-1, '(byte)GetInput("v")', "the value is -1, and cannot be Byte"),
        (1e300, '(long)GetInput("v")', "the value is 1E+300, and cannot be Int64"),
        (5, '(bool)GetInput("v")', "the value is 5, and cannot be Boolean"),
        (
            [{"name": "x", "size": 1}, {"name": "y", "size": "big"}],
            'GetInput<Item[]>("v")',
            'input `v` is a list of 2, and cannot be Item[]: [1].size: it is the text "big", and cannot be Int32',
        ),
        ("Someday", '(DayOfWeek)GetInput("v")', 'the value is the text "Someday", and cannot be DayOfWeek'),
    ],
)
def test_a_cast_that_cannot_be_says_what_the_value_is(run: Run, value: Any, expression: str, message: str) -> None:
    script = f'record Item(string Name, int Size);\nSetOutput("r", {expression});'
    kind, said, _ = failure_of(run(script, input={"v": value}))
    assert kind == "InvalidCastException"
    assert said.startswith(message)


def test_a_key_that_a_mapping_lacks_is_an_error_that_names_it(run: Run) -> None:
    kind, message, _ = failure_of(run('return GetInput("v").b;', input={"v": {"a": 1}}))
    assert (kind, message) == ("KeyNotFoundException", "the mapping has no key `b`")


#: What is put out, and what the node's output then holds.
WRITES: list[tuple[str, Any]] = [
    ("null", None),
    ("true", True),
    ("1", 1),
    ("long.MaxValue", 2**63 - 1),
    ("ulong.MaxValue", 2**64 - 1),
    ("(byte)7", 7),
    ("System.Numerics.BigInteger.Pow(10, 30)", 10**30),
    ("1.5", 1.5),
    ("2.0", 2.0),
    ("0.1f", 0.1),
    ("1e300", 1e300),
    ("12.50m", 12.5),
    ("3m", 3.0),
    ("'c'", "c"),
    ('"tab\\t\\"quoted\\" \\u00e4 🙂"', 'tab\t"quoted" ä 🙂'),
    ("DayOfWeek.Monday", "Monday"),
    ("new DateTime(2024, 2, 3, 4, 5, 6, DateTimeKind.Utc)", "2024-02-03T04:05:06.0000000Z"),
    ("new DateOnly(2024, 2, 3)", "2024-02-03"),
    ("TimeSpan.FromMinutes(90)", "01:30:00"),
    ('new Guid("0f8fad5b-d9cb-469f-a165-70867728950e")', "0f8fad5b-d9cb-469f-a165-70867728950e"),
    ('new Uri("https://example.org/a b")', "https://example.org/a b"),
    ("System.Net.IPAddress.Loopback", "127.0.0.1"),
    ('new StringBuilder("ab")', "ab"),
    ("new byte[] { 1, 2 }", "AQI="),
    ("new[] { 1, 2 }", [1, 2]),
    ('new List<object> { 1, "a", null, new[] { 2.0 } }', [1, "a", None, [2.0]]),
    ("Enumerable.Range(1, 3).Select(n => n * n)", [1, 4, 9]),
    ('new Dictionary<string, object> { ["a"] = 1, ["b"] = new { C = "d" } }', {"a": 1, "b": {"C": "d"}}),
    ('new Dictionary<int, string> { [1] = "a" }', {"1": "a"}),
    ('new SortedDictionary<string, int> { ["a"] = 1 }', {"a": 1}),
    ("new { A = 1, B = new { C = 2.0 } }", {"A": 1, "B": {"C": 2.0}}),
    ('new Item("x", 2)', {"Name": "x", "Size": 2}),
    ('(1, "a")', {"Item1": 1, "Item2": "a"}),
    ('System.Text.Json.JsonDocument.Parse("[1, {\\"a\\": null}]")', [1, {"a": None}]),
    ('System.Text.Json.Nodes.JsonNode.Parse("{\\"a\\": 1}")', {"a": 1}),
    ('GetInput("v")', {"deep": [1, {"er": 2.0}]}),
]


@pytest.mark.parametrize(("expression", "result"), WRITES, ids=[expression for expression, _ in WRITES])
def test_an_output_is_plain_json(run: Run, expression: str, result: Any) -> None:
    script = f'record Item(string Name, int Size);\nSetOutput("r", {expression});'
    outcome = run(script, input={"v": {"deep": [1, {"er": 2.0}]}})
    assert outcome.failure is None
    assert outcome.output == {"r": result}
    assert type(outcome.output["r"]) is type(result)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("double.NaN", "`r` is NaN, which JSON does not have"),
        ("new { a = new[] { 1, double.PositiveInfinity } }", "`r.a[1]` is Infinity, which JSON does not have"),
        ("(Action)(() => {})", "`r` is of type System.Action, which is no JSON value"),
        ("new[] { typeof(int) }", "`r[0]` is of type System.RuntimeType, which is no JSON value"),
        ("new object()", "`r` is of type System.Object, which is no JSON value"),
        (
            "Task.FromResult(1)",
            "`r` is of type System.Threading.Tasks.Task`1[System.Int32], which is no JSON value; `await` it",
        ),
        (
            "new { a = new Memory<int>(new int[1]) }",
            "`r.a.Span` could not be read: it raised System.NotSupportedException: Specified method is not supported.",
        ),
        ("new Dictionary<object, int> { [new object()] = 1 }", "`r` has a key of type System.Object; keys are strings"),
        ('"\\ud800"', "`r` holds a lone surrogate, which is no text"),
    ],
)
def test_an_output_that_is_no_json_is_a_failure_that_names_its_place(run: Run, expression: str, message: str) -> None:
    assert failure_of(run(f'SetOutput("r", {expression});')) == ("ValueNotJson", message, None)


def test_an_output_that_contains_itself_is_a_failure(run: Run) -> None:
    kind, message, _ = failure_of(run('var a = new List<object>(); a.Add(a); Output["a"] = a;'))
    assert kind == "ValueNotJson"
    assert message == f"`a{'[0]' * 19}[0…` is nested deeper than 200, or contains itself"


@pytest.mark.parametrize(
    ("script", "output"),
    [
        ('SetOutput("a", 1);', {"a": 1}),
        ('Output["a"] = 1; Output["a"] += 1;', {"a": 2}),
        ("return 5;", {"result": 5}),
        ("5 + 1", {"result": 6}),
        ('return "text";', {"result": "text"}),
        ("return new[] { 1 };", {"result": [1]}),
        ('SetOutput("a", 1); return new { b = 2 };', {"a": 1, "b": 2}),
        ('SetOutput("a", 1); return new Dictionary<string, object> { ["a"] = 2 };', {"a": 2}),
        ("return null;", {}),
        ("return;", {}),
        ("", {}),
        ("// nothing yet", {}),
        ("if (true) return 1;\nreturn 2;", {"result": 1}),
        ("await Task.Delay(1); return 3;", {"result": 3}),
        ("async Task<int> F() { await Task.Yield(); return 4; }\nreturn await F();", {"result": 4}),
        ('using System.Text.RegularExpressions;\nreturn Regex.Match("a12", @"\\d+").Value;', {"result": "12"}),
        ("class P { public int X { get; set; } }\nvar p = new P { X = 3 };\nreturn p;", {"X": 3}),
        ('Local["n"] = 1; Local["n"] += 2; return Local["n"];', {"result": 3}),
        ("int F(int n) => n < 2 ? 1 : n * F(n - 1);\nreturn F(5);", {"result": 120}),
        ("return 1_000;", {"result": 1000}),
    ],
)
def test_what_a_script_returns_and_puts_out(run: Run, script: str, output: dict[str, Any]) -> None:
    outcome = run(script)
    assert outcome.failure is None
    assert outcome.output == output


class TestVariables:
    def test_writes_are_operations_and_seen_at_once(self, run: Run) -> None:
        script = """
AddGlobal("n");
AddGlobal("n", 2.5);
AddGlobal("n", GetGlobal("n"));
SetGlobal("rows", new[] { 1 });
var rows = GetGlobal("rows");
rows.Add(2);
return new { n = GetGlobal("n"), rows = GetGlobal("rows").Count, same = GetGlobal<int>("m") };
"""
        outcome = run(script, variables={"n": 1, "rows": [], "m": 7})
        assert outcome.output == {"n": 9.0, "rows": 1, "same": 7}
        assert outcome.operations == (("add", "n", 1), ("add", "n", 2.5), ("add", "n", 4.5), ("set", "rows", [1]))

    def test_a_null_counts_as_zero(self, run: Run) -> None:
        outcome = run('AddGlobal("n", 2); return GetGlobal("n");', variables={"n": None})
        assert (outcome.output, outcome.operations) == ({"result": 2}, (("add", "n", 2),))

    def test_a_condition_over_a_variable_means_what_it_says(self, run: Run) -> None:
        script = 'return GetGlobal("count") > 100 && (string)GetGlobal("s") == "ok";'
        assert run(script, variables={"count": 101, "s": "ok"}).output == {"result": True}
        assert run(script, variables={"count": 100, "s": "ok"}).output == {"result": False}

    def test_a_failed_script_leaves_no_write(self, run: Run) -> None:
        outcome = run('SetGlobal("n", 2); throw new Exception("no");', variables={"n": 1})
        assert (outcome.status, outcome.operations) == ("failed", ())

    def test_an_undeclared_one_is_named_with_the_nearest(self, run: Run) -> None:
        for script in ('SetGlobal("cont", 1);', 'AddGlobal("cont");', 'return GetGlobal("cont");'):
            kind, message, _ = failure_of(run(script, variables={"count": 1}))
            assert kind == "UnknownVariable"
            assert message == "the workflow declares no variable `cont`; did you mean `count`?"

    def test_what_cannot_be_added_says_why(self, run: Run) -> None:
        kind, message, _ = failure_of(run('AddGlobal("n", "a");', variables={"n": 1}))
        assert kind == "ArgumentException"
        assert message == "cannot add a string to variable `n`, which is a number"


def test_parameters_are_read_and_an_undeclared_one_is_an_error(run: Run) -> None:
    outcome = run('return GetParam("n") + GetParam<int>("s");', params={"n": 1, "s": "2"})
    assert outcome.output == {"result": 3}
    assert failure_of(run('GetParam("naem");', params={"name": 1}))[:2] == (
        "UnknownParameter",
        "the workflow declares no parameter `naem`; did you mean `name`?",
    )


def test_progress_is_reported_and_cut_to_what_there_is(run: Run) -> None:
    reported: list[tuple[float, str]] = []
    run('ReportProgress(50, "half way"); ReportProgress(GetInput("n"));', input={"n": 150}, reported=reported)
    assert reported == [(50.0, "half way"), (100.0, "")]


def test_the_run_its_environment_and_its_folder_are_known(run: Run, tmp_path: Path) -> None:
    script = """
File.WriteAllText(Path.Combine(Environment.GetEnvironmentVariable("WFLOW_WORK"), "a"), "b");
return new {
    run = RunId,
    mine = Environment.GetEnvironmentVariable("MINE"),
    node = Environment.GetEnvironmentVariable("WFLOW_NODE"),
    key = Environment.GetEnvironmentVariable("WFLOW_IDEMPOTENCY_KEY"),
    folder = Directory.GetCurrentDirectory(),
    work = Directory.GetFiles(Environment.GetEnvironmentVariable("WFLOW_WORK")).Length,
};
"""
    for _ in range(2):
        outcome = run(script, env={"MINE": "yes"}, address="deploy/build")
        assert outcome.output == {
            "run": f"run-{os.getpid()}",
            "mine": "yes",
            "node": "deploy/build",
            "key": "key-1",
            "folder": str(tmp_path / "flow"),
            "work": 1,
        }
    after = run('return Environment.GetEnvironmentVariable("MINE");')
    assert after.output == {}


def test_what_is_printed_goes_to_the_log_of_its_attempt(run: Run, tmp_path: Path) -> None:
    run('Console.WriteLine("out"); Console.Write(1.5); Console.Error.WriteLine("err {0}", 2); Console.Out.Flush();')
    run('System.Diagnostics.Process.Start("sh", "-c \\"echo child\\"").WaitForExit(); Console.WriteLine("after");')
    run("return Console.In.ReadToEnd().Length;")
    logs = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert logs == {"1.out": "out\n1.5", "1.err": "err 2\n", "2.out": "child\nafter\n"}


def test_secrets_are_masked_in_all_that_comes_out(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "hunter2")
    script = """
var t = Environment.GetEnvironmentVariable("TOKEN_OF_TEST") ?? (string)GetInput("t");
Console.Write("a" + t.Substring(0, 3)); Console.WriteLine(t.Substring(3));
Console.Error.Write(new string('x', 9000) + t);
SetOutput("t", t);
if (GetInput("fail") == true) throw new Exception("with " + t);
"""
    given = {"secrets": ("TOKEN_OF_TEST",), "input": {"t": "hunter2"}}
    assert run(script, **given).output == {"t": "***"}
    assert (tmp_path / "logs" / "1.out").read_text() == "a***\n"
    assert (tmp_path / "logs" / "1.err").read_text() == "x" * 9000 + "***"
    failed = run(script, **{**given, "input": {"t": "hunter2", "fail": True}}).failure
    assert failed is not None
    assert failed.message == "with ***"
    assert "hunter2" not in failed.traceback


class TestErrors:
    def test_an_exception_tells_type_message_and_the_lines_of_the_workflow_file(self, run: Run) -> None:
        script = """int Deep(int n) => n == 0 ? throw new InvalidOperationException("too deep") : Deep(n - 1);
await Task.Yield();
Deep(1);
"""
        outcome = run(script, place=Place("flow.yaml", 12, 6))
        assert failure_of(outcome) == ("InvalidOperationException", "too deep", None)
        assert outcome.failure is not None
        assert outcome.failure.traceback.splitlines() == [
            "System.InvalidOperationException: too deep",
            "   at Deep(Int32 n) in flow.yaml:line 12",
            "   at Deep(Int32 n) in flow.yaml:line 12",
            "   at <script>() in flow.yaml:line 14",
        ]

    def test_an_exception_inside_another_is_told_too(self, run: Run) -> None:
        script = 'try { int.Parse("x"); } catch (Exception e) { throw new ApplicationException("outer", e); }'
        outcome = run(script)
        assert outcome.failure is not None
        assert (outcome.failure.type, outcome.failure.message) == ("ApplicationException", "outer")
        assert " ---> System.FormatException: The input string 'x'" in outcome.failure.traceback

    def test_what_does_not_compile_tells_line_and_column_of_the_workflow_file(self, run: Run) -> None:
        outcome = run("var a = 1;\nreturn missing + a;\nreturn other;", place=Place("flow.yaml", 5, 6))
        assert failure_of(outcome)[:2] == (
            "CompilationErrorException",
            "flow.yaml:6:14: CS0103: The name 'missing' does not exist in the current context (and 1 more)",
        )
        assert outcome.failure is not None
        assert outcome.failure.traceback.splitlines()[1].startswith("flow.yaml:7:14: CS0103: The name 'other'")

    def test_a_script_of_no_known_place_is_named_by_its_node(self, run: Run) -> None:
        assert failure_of(run("x;", address="each[3]/run"))[1].startswith("<each/run>:1:1: CS0103")

    def test_an_error_is_found_anew_each_time(self, run: Run) -> None:
        assert [failure_of(run("oops;"))[0] for _ in range(2)] == ["CompilationErrorException"] * 2

    def test_an_exception_whose_message_fails_is_told_all_the_same(self, run: Run) -> None:
        script = "class E : Exception { public override string Message => throw new Exception(); }\nthrow new E();"
        assert failure_of(run(script))[:2] == (
            "E",
            "(the message of this Script+E could not be made: it raised System.Exception)",
        )


class TestEnds:
    """What breaks a host is a failed node, and the next has a new one."""

    @pytest.mark.parametrize(
        ("script", "kind", "message", "code"),
        [
            ("Environment.Exit(3);", "ExitCode", "exit code 3", 3),
            ("Environment.Exit(0);", "ExitCode", "the script ended its process by itself", 0),
            (
                "System.Diagnostics.Process.GetCurrentProcess().Kill();",
                "ExitCode",
                "killed by signal 9 (SIGKILL)",
                137,
            ),
            (
                "int F(int n) => F(n + 1) + 1;\nreturn F(1);",
                "StackOverflowException",
                "the script called itself until the stack was full",
                134,
            ),
            ('Environment.FailFast("enough");', "FailFast", "enough", 134),
            (
                'new Thread(() => throw new ApplicationException("aside")).Start(); Thread.Sleep(10_000);',
                "ApplicationException",
                "aside",
                134,
            ),
        ],
        ids=["exit 3", "exit 0", "kill", "stack overflow", "fail fast", "another thread"],
    )
    def test_it_is_a_failure_with_what_is_known(
        self, run: Run, script: str, kind: str, message: str, code: int
    ) -> None:
        assert failure_of(run(script)) == (kind, message, code)
        assert run("return 1;").output == {"result": 1}

    def test_what_was_printed_before_is_kept_and_net_s_own_words_after_it(self, run: Run, tmp_path: Path) -> None:
        run('Console.Write("before"); Console.Error.WriteLine("soon"); Environment.FailFast("enough");')
        assert (tmp_path / "logs" / "1.out").read_text() == "before"
        error = (tmp_path / "logs" / "1.err").read_text()
        assert error.startswith("soon\nProcess terminated. enough\n")

    def test_a_host_that_is_killed_from_outside_is_a_failed_node(self, run: Run) -> None:
        ended: list[Outcome] = []
        script = 'File.WriteAllText("here", ""); Thread.Sleep(60_000);'
        thread = threading.Thread(target=lambda: ended.append(run(script, settings={"script": script})))
        before = set(hosts())
        thread.start()
        _until(lambda: bool(_working(before)))
        for pid in _working(before):
            os.kill(pid, signal.SIGKILL)
        thread.join(30)
        assert failure_of(ended[0]) == ("ExitCode", "killed by signal 9 (SIGKILL)", 137)


def _working(before: set[int]) -> list[int]:
    """Hosts in whose folder a script has written that it runs: every host there is, if so."""
    found = [Path(f"/proc/{pid}/cwd") for pid in hosts()]
    return [int(path.parts[2]) for path in found if (path / "here").exists()]


def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


class TestStops:
    def test_a_script_that_asks_for_nothing_is_ended_at_once(self, run: Run, tmp_path: Path) -> None:
        stop = Stop()
        script = (
            'File.WriteAllText("pid", $"{Environment.ProcessId}"); ReportProgress(1); while (true) Thread.Sleep(10);'
        )
        began = time.monotonic()
        outcome = run(script, stop=stop, progress=lambda *_: stop.ask("timeout"), stop_grace=30.0)
        assert outcome.status == "cancelled"
        assert time.monotonic() - began < 25
        assert not alive((tmp_path / "flow" / "pid").read_text())
        assert run("return 1;").output == {"result": 1}

    def test_a_script_with_the_token_is_given_time_to_end_by_itself(self, run: Run, tmp_path: Path) -> None:
        stop = Stop()
        script = """
ReportProgress(1);
try { await Task.Delay(-1, CancellationToken); }
finally { Thread.Sleep(50); Console.WriteLine("cleaned up"); }
"""
        outcome = run(script, stop=stop, progress=lambda *_: stop.ask("cancel"))
        assert outcome.status == "cancelled"
        assert (tmp_path / "logs" / "1.out").read_text() == "cleaned up\n"

    def test_one_that_does_not_end_in_its_time_is_killed(self, run: Run) -> None:
        stop = Stop()
        script = "var t = CancellationToken; ReportProgress(1); while (true) Thread.Sleep(10);"
        began = time.monotonic()
        outcome = run(script, stop=stop, progress=lambda *_: stop.ask("cancel"), stop_grace=0.2)
        assert outcome.status == "cancelled"
        assert time.monotonic() - began < 25

    def test_an_abandoned_one_is_killed_without_the_rest_of_its_time(
        self, runtime: CSharpRuntime, make_work: MakeWork, csharp_cache: Path
    ) -> None:
        stop = Stop()
        script = "var t = CancellationToken; ReportProgress(1); while (true) Thread.Sleep(10);"

        def progress(*_: object) -> None:
            stop.ask("cancel")
            threading.Timer(0.1, lambda: runtime.abandon(work)).start()

        given = {"stop": stop, "progress": progress, "stop_grace": 60.0, "cache": csharp_cache}
        work = make_work({"script": script}, type="csharp", **given)
        began = time.monotonic()
        assert runtime.run(work).status == "cancelled"
        assert time.monotonic() - began < 30

    def test_one_that_was_asked_before_it_began_does_not(self, run: Run, tmp_path: Path) -> None:
        stop = Stop()
        stop.ask("cancel")
        assert run('Console.WriteLine("no");', stop=stop).status == "cancelled"
        assert not (tmp_path / "logs").exists()

    def test_what_a_script_leaves_running_is_ended_and_its_host_goes_on(self, run: Run) -> None:
        pid = 'Console.Out.Flush(); var p = System.Diagnostics.Process.Start("sleep", "600"); return p.Id;'
        detached = """
var p = System.Diagnostics.Process.Start("sh", new[] { "-c", "setsid sleep 600 & echo $! > pid" });
p.WaitForExit();
return int.Parse(File.ReadAllText("pid"));
"""
        before = set(hosts())
        for script in (pid, detached):
            left = run(script).output["result"]
            assert not alive(left)
        assert before & set(hosts())

    def test_what_a_stopped_script_started_is_ended_with_it(self, run: Run, tmp_path: Path) -> None:
        stop = Stop()
        script = """
var p = System.Diagnostics.Process.Start("sh", new[] { "-c", "setsid sleep 600 & echo $! > pid; wait" });
while (!File.Exists("pid") || File.ReadAllText("pid").Length == 0) Thread.Sleep(5);
ReportProgress(1);
Thread.Sleep(-1);
"""
        assert run(script, stop=stop, progress=lambda *_: stop.ask("timeout"), stop_grace=0.2).status == "cancelled"
        assert not alive((tmp_path / "flow" / "pid").read_text())


def test_scripts_run_side_by_side_each_in_a_host_of_its_own(run: Run) -> None:
    """Each waits for the files that all write: none would end if one waited for another's host."""
    script = """
File.WriteAllText("together" + GetInput("mine"), "");
while (Directory.GetFiles(".", "together*").Length < 4) await Task.Delay(5);
return Environment.ProcessId;
"""
    found: list[int] = []

    def one(number: int) -> None:
        found.append(run(script, input={"mine": number}).output["result"])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(set(found)) == 4


def test_short_scripts_one_after_another_share_a_host(run: Run) -> None:
    assert len({run("return Environment.ProcessId;").output["result"] for _ in range(5)}) == 1


def test_two_attempts_see_nothing_of_each_other(run: Run) -> None:
    script = """
var seen = Local.Count + Output.Count;
Local["a"] = 1; Output["a"] = 1;
Environment.SetEnvironmentVariable("WFLOW_NODE", "other");
System.Globalization.CultureInfo.CurrentCulture = System.Globalization.CultureInfo.GetCultureInfo("de-DE");
return new { seen, culture = (1.5).ToString(), node = Environment.GetEnvironmentVariable("WFLOW_NODE") };
"""
    first, second = run(script), run('return (1.5).ToString() + Environment.GetEnvironmentVariable("WFLOW_NODE");')
    assert first.output["seen"] == 0
    assert second.output == {"result": "1.5node"}


def test_what_a_script_changes_of_its_process_the_next_one_does_not_see(run: Run, tmp_path: Path) -> None:
    changes = """
using System.Globalization;
[System.Runtime.InteropServices.DllImport("libc")] static extern int close(int descriptor);
Environment.SetEnvironmentVariable("ADDED", "1");
Environment.SetEnvironmentVariable("PATH", null);
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.GetCultureInfo("de-DE");
Environment.ExitCode = 3;
Console.SetOut(TextWriter.Null);
Console.SetError(TextWriter.Null);
close(1); close(2);
return Environment.ProcessId;
"""
    after = """
Console.Write("out"); Console.Error.Write("error");
return new {
    process = Environment.ProcessId,
    added = Environment.GetEnvironmentVariable("ADDED"),
    path = Environment.GetEnvironmentVariable("PATH"),
    culture = await Task.Run(() => (1.5).ToString()),
    code = Environment.ExitCode,
};
"""
    process = run(changes).output["result"]
    expected = {"process": process, "added": None, "path": os.environ["PATH"], "culture": "1.5", "code": 0}
    assert run(after).output == expected
    assert (tmp_path / "logs" / "2.out").read_text() == "out"
    assert (tmp_path / "logs" / "2.err").read_text() == "error"


class TestFiles:
    def test_a_file_is_read_from_the_workflow_s_folder_and_named_in_errors(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "flow" / "steps").mkdir()
        file = tmp_path / "flow" / "steps" / "greet.csx"
        file.write_text('\ufeffreturn "hi " + GetInput("who");', encoding="utf-8")
        settings = {"file": "steps/greet.csx"}
        assert run(settings=settings, input={"who": "you"}).output == {"result": "hi you"}
        file.write_text('var a = 1;\nthrow new Exception("x");')
        failed = run(settings=settings).failure
        assert failed is not None
        assert "in steps/greet.csx:line 2" in failed.traceback
        file.write_text("var a = 1;\nreturn b;")
        assert failure_of(run(settings=settings))[1].startswith("steps/greet.csx:2:8: CS0103")

    def test_one_that_is_not_there_or_no_text_says_so(self, run: Run, tmp_path: Path) -> None:
        assert failure_of(run(settings={"file": "no.csx"}))[:2] == (
            "NotStarted",
            "the script `no.csx` cannot be read: No such file or directory",
        )
        (tmp_path / "flow" / "bad.csx").write_bytes(b"\xff\xfe")
        assert failure_of(run(settings={"file": "bad.csx"}))[1] == "the script `bad.csx` is not in UTF-8"

    def test_a_script_may_load_another_and_refer_to_an_assembly(self, run: Run, tmp_path: Path, build: Build) -> None:
        home = tmp_path / "flow"
        build(home / "lib" / "tools.dll", "public static class Tools { public static int Twice(int n) => 2 * n; }")
        (home / "shared.csx").write_text("int Half(int n) => n / 2;")
        script = '#r "lib/tools.dll"\n#load "shared.csx"\nreturn Tools.Twice(5) + Half(4);'
        assert run(script).output == {"result": 12}
        # What is loaded is part of the program.
        (home / "shared.csx").write_text("int Half(int n) => n / 2 + 100;")
        assert run(script).output == {"result": 112}

    def test_a_kept_script_that_is_damaged_is_compiled_anew(
        self, run: Run, csharp_cache: Path, make_work: MakeWork
    ) -> None:
        script = 'return "kept";'
        assert run(script).output == {"result": "kept"}
        newest = max(csharp_cache.rglob("scripts/*.dll"), key=lambda path: path.stat().st_mtime_ns)
        newest.write_bytes(b"no assembly")
        again = CSharpRuntime()
        try:
            outcome = again.run(make_work({"script": script}, type="csharp", cache=csharp_cache))
        finally:
            again.close()
        assert outcome.output == {"result": "kept"}


CLASS = """
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Steps
{
    public interface IContext
    {
        object GetInput(string key);
        T GetInput<T>(string key);
        void SetOutput(string key, object value);
        void AddGlobal(string name, object number);
        string RunId { get; }
        int Missing(int n);
    }

    public class Plain
    {
        public async Task<object> ExecuteAsync(object context, CancellationToken token)
        {
            dynamic c = context;
            await Task.Delay(1, token);
            Console.WriteLine("plain");
            c.SetOutput("twice", (int)c.GetInput("n") * 2);
            return new Dictionary<string, object> { ["more"] = true };
        }
    }

    public sealed class Typed : IDisposable
    {
        public async Task<int> ExecuteAsync(IContext context, CancellationToken token)
        {
            await Task.Yield();
            context.AddGlobal("count", 2);
            context.SetOutput("run", context.RunId.Length > 0);
            return context.GetInput<int>("n") + Other.Value;
        }

        public void Dispose() => Console.WriteLine("disposed");
    }

    public class Dynamic
    {
        public async Task<object> ExecuteAsync(dynamic context, CancellationToken token)
        {
            await Task.Yield();
            string[] names = context.GetInput("names");
            var wrong = "";
            try { context.GetInput("n").Missing(); }
            catch (Microsoft.CSharp.RuntimeBinder.RuntimeBinderException error) { wrong = error.Message; }
            return new { names.Length, n = (int)context.GetInput("text"), host = context.GetInput("row").host, wrong };
        }
    }

    public class DynamicByInterface
    {
        public Task<object> ExecuteAsync(IContext context, CancellationToken token)
        {
            dynamic row = context.GetInput("row");
            var names = (List<string>)(dynamic)context.GetInput("names");
            return Task.FromResult<object>(row.host + names[1]);
        }
    }

    public static class Quiet
    {
        public static Task ExecuteAsync(dynamic context) => Task.CompletedTask;
    }

    public class Failing
    {
        public Task<object> ExecuteAsync(IContext context, CancellationToken token)
        {
            if ((int)context.GetInput("n") == 1) context.Missing(2);
            throw new InvalidOperationException("in the class");
        }
    }

    public class Shapeless
    {
        public int Run() => 1;
    }
}
"""


class TestClasses:
    @pytest.fixture
    def assembly(self, build: Build, tmp_path: Path) -> Path:
        """A library of steps, and beside it one that it needs."""
        folder = tmp_path / "steps"
        build(folder / "other.dll", "public static class Other { public static int Value = 40; }")
        build(folder / "steps.dll", CLASS, folder / "other.dll")
        return folder / "steps.dll"

    @pytest.fixture
    def call(self, run: Run, assembly: Path) -> Run:
        def call(name: str, **given: Any) -> Outcome:
            return run(settings={"assembly": str(assembly), "class": f"Steps.{name}"}, **given)

        return call

    def test_a_class_gets_a_context_and_gives_an_object(self, call: Run, tmp_path: Path) -> None:
        assert call("Plain", input={"n": 4}).output == {"twice": 8, "more": True}
        assert [path.read_text() for path in (tmp_path / "logs").glob("*.out")] == ["plain\n"]

    def test_its_context_may_be_an_interface_of_its_own(self, call: Run, tmp_path: Path) -> None:
        outcome = call("Typed", input={"n": 2}, variables={"count": 1})
        assert outcome.failure is None
        assert outcome.output == {"run": True, "result": 42}
        assert outcome.operations == (("add", "count", 2),)
        assert [path.read_text() for path in (tmp_path / "logs").glob("*.out")] == ["disposed\n"]

    def test_what_is_dynamic_in_it_converts_as_in_a_script(self, call: Run) -> None:
        given = {"names": ["a", "b"], "text": "12", "row": {"host": "h"}, "n": 1}
        expected = {"Length": 2, "n": 12, "host": "h", "wrong": "'int' does not contain a definition for 'Missing'"}
        assert call("Dynamic", input=given).output == expected
        assert call("DynamicByInterface", input=given).output == {"result": "hb"}

    def test_it_may_be_static_and_give_nothing(self, call: Run) -> None:
        assert call("Quiet").output == {}

    def test_what_it_throws_tells_the_lines_of_its_source(self, call: Run) -> None:
        outcome = call("Failing", input={"n": 0})
        assert failure_of(outcome)[:2] == ("InvalidOperationException", "in the class")
        assert outcome.failure is not None
        assert "at Steps.Failing.ExecuteAsync(" in outcome.failure.traceback
        assert "steps.cs:line " in outcome.failure.traceback

    def test_a_name_that_no_context_has_is_an_error(self, call: Run) -> None:
        assert failure_of(call("Failing", input={"n": 1}))[:2] == (
            "NotSupportedException",
            "a node's context has no `Missing` with 1 arguments",
        )

    def test_a_class_that_is_not_there_or_has_no_such_method_says_so(self, call: Run, assembly: Path, run: Run) -> None:
        kind, message, _ = failure_of(call("Plan"))
        assert kind == "TypeLoadException"
        assert message.startswith("steps.dll has no class Steps.Plan; it has ")
        assert "Steps.Plain" in message
        kind, message, _ = failure_of(call("Shapeless"))
        assert kind == "MissingMethodException"
        assert message.startswith(
            "Steps.Shapeless has no method `Task<object> ExecuteAsync(context, CancellationToken)`"
        )
        assert failure_of(run(settings={"assembly": "no.dll", "class": "C"}))[1] == "the assembly `no.dll` is not there"
        nameless = run(settings={"assembly": str(assembly)})
        assert failure_of(nameless)[1].startswith(f"the node names no class of `{assembly}`")

    def test_a_file_that_is_no_assembly_says_so(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "flow" / "steps.dll").write_text("text")
        failed = failure_of(run(settings={"assembly": "steps.dll", "class": "One"}))
        assert failed[:2] == ("BadImageFormatException", "steps.dll is no .NET assembly")

    def test_an_assembly_that_was_built_anew_is_read_anew(self, run: Run, tmp_path: Path, build: Build) -> None:
        settings = {"assembly": "one.dll", "class": "One"}
        source = "public class One {{ public object ExecuteAsync(object context) => {}; }}"
        for number in (1, 2):
            build(tmp_path / "flow" / "one.dll", source.format(number))
            assert run(settings=settings).output == {"result": number}


def test_a_run_that_expects_scripts_has_them_compiled_and_hosts_started(
    make_work: MakeWork, csharp_cache: Path
) -> None:
    made = CSharpRuntime()
    work = make_work({"script": 'return "expected";'}, type="csharp", cache=csharp_cache)
    try:
        nodes = [
            Expected("a", work.settings, lambda key: None),
            Expected("b", {"file": "${{ input.name }}"}, lambda key: None),
            Expected("c", {"file": "not-there.csx"}, lambda key: None),
            Expected("d", {"assembly": "x.dll", "class": "X"}, lambda key: None),
        ]
        made.expect(work.run, nodes, 2)
        _until(lambda: any("expected" in path.read_bytes().decode("utf-16-le", "replace")
                           for path in csharp_cache.rglob("scripts/*.dll")))  # fmt: skip
        assert made.run(work).output == {"result": "expected"}
    finally:
        made.close()


@pytest.mark.usefixtures("dotnet")
def test_a_folder_that_net_cannot_name_is_told(make_work: MakeWork, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"odd\xff")
    made = CSharpRuntime()
    try:
        outcome = made.run(make_work({"script": "return 1;"}, type="csharp", cache=odd))
        assert failure_of(outcome)[0] == "NotStarted"
        assert failure_of(outcome)[1].startswith(
            f"csharp nodes cannot work in {tmp_path}/odd\\xff/csharp: .NET takes no path that is not in UTF-8"
        )
    finally:
        made.close()


def test_without_dotnet_a_node_says_what_was_looked_for(
    make_work: MakeWork, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WFLOW_DOTNET", str(tmp_path / "none"))
    made = CSharpRuntime()
    try:
        outcome = made.run(make_work({"script": "return 1;"}, type="csharp", cache=tmp_path))
        assert failure_of(outcome)[0] == "NotStarted"
        assert failure_of(outcome)[1].startswith(f"WFLOW_DOTNET is {tmp_path / 'none'}, where no dotnet is")
    finally:
        made.close()


def test_closing_leaves_nothing_behind(make_work: MakeWork, csharp_cache: Path, tmp_path: Path) -> None:
    before = set(hosts())
    made = CSharpRuntime()
    made.run(make_work({"script": "return 1;"}, type="csharp", cache=csharp_cache))
    assert set(hosts()) - before
    made.close()
    made.close()
    assert not set(hosts()) - before
    assert list((tmp_path / "work").iterdir()) == []
