"""`wflow.importing.csharp_translate`: the table of what C# becomes, held by evaluating what it became."""

from __future__ import annotations

from typing import Any

import pytest

from wflow.errors import ExpressionError
from wflow.expr import compile_expression
from wflow.importing.csharp_translate import Names, translate
from wflow.importing.csharp_value import NoCounterpart

INPUT: dict[str, Any] = {
    "n": 7, "s": "ok", "flag": True, "list": [3, 1, 2], "names": ["b.csv", "a.txt"], "none": None, "text": "a,b",
    "rows": [{"size": 12, "id": "x"}, {"size": 3, "id": "y"}], "deep": {"Name": "deep", "list": [{"k": 5}]},
    "blank": " ",
}  # fmt: skip
VARIABLES: dict[str, Any] = {"count": 150, "unset": None, "ready": False, "ratio": 0.5, "tags": ["blue"], "a-b": 1}

#: C#, the expression that it becomes, and what that gives.
TRANSLATED: list[tuple[str, str, Any]] = [
    ('GetGlobal("count") > 100 && (string)GetInput("s") == "ok"',
     'variables.count > 100 and input.s | default(null) == "ok"', True),
    ('GetGlobal("count") <= 100 || GetInput("n") != 7',
     "variables.count <= 100 or input.n | default(null) != 7", False),
    ('!GetGlobal("ready")', "not variables.ready", True),
    ('!(GetGlobal("count") > 1 && (bool)GetInput("flag"))', "not (variables.count > 1 and input.flag)", False),
    ('((int?)GetGlobal("unset") ?? 100) > 50', "variables.unset | default(100) > 50", True),
    ('GetInput("missing") == null', "input.missing | default(null) == null", True),
    ('GetInput("missing") is null', "input.missing | default(null) == null", True),
    ('GetInput("s") is not null', "input.s | default(null) != null", True),
    ('(string)GetInput("missing") == "ok"', 'input.missing | default(null) == "ok"', False),
    ('GetInput("missing") ?? GetInput("s") ?? "x"', 'input.missing | default(input.s | default("x"))', "ok"),
    ('GetInput<int>("missing") < 5', "input.missing | default(0) < 5", True),
    ('GetInput<string>("missing") == null', "input.missing | default(null) == null", True),
    ('GetGlobal("ready") ? "y" : (string)GetInput("s")', '"y" if variables.ready else input.s | default(null)', "ok"),
    ('(GetGlobal("count") > 1 ? 1 : 2) == 1', "(1 if variables.count > 1 else 2) == 1", True),
    ('GetGlobal("count") - 1 - 2 > 2', "variables.count - 1 - 2 > 2", True),
    ('10 - (GetGlobal("count") - 1)', "10 - (variables.count - 1)", -139),
    ('GetGlobal("count") * (2 + 1)', "variables.count * (2 + 1)", 450),
    ('-GetGlobal("count") < 3', "-variables.count < 3", True),
    ('GetGlobal("count") % 2 == 0', "variables.count % 2 == 0", True),
    ('(double)GetGlobal("ratio") / 2.0', "variables.ratio / 2.0", 0.25),
    ('(int)(GetGlobal("ratio") * 3.5)', "int(variables.ratio * 3.5)", 1),
    ("1_000.5m > 0x1F", "1000.5 > 31", True),
    ('(GetGlobal("count") == 150) == true', "(variables.count == 150) == true", True),
    ('context.Variables["count"] >= 150', "variables.count >= 150", True),
    ('Input["n"]', "input.n", 7),
    ('Input.ContainsKey("n")', '"n" in input', True),
    ('Variables["a-b"]', "variables.a-b", 1),
    ('GetInput("deep").Name', "input.deep.Name", "deep"),
    ('GetInput("none")?.Name == "x"', 'input.none.Name | default(null) == "x"', False),
    ('GetInput("deep")["list"][0].k', 'input.deep["list"][0].k', 5),
    ('GetInput("odd key") == null', 'input["odd key"] | default(null) == null', True),
    ('((dynamic)GetInput("deep")).Name', "input.deep.Name", "deep"),
    ('GetInput("deep")!.Name', "input.deep.Name", "deep"),
    ('GetInput("s").Length', "input.s | length", 2),
    ('((List<int>)GetInput("list")).Count > 2', "input.list | length > 2", True),
    ('((IEnumerable<dynamic>)GetInput("rows")).Where(r => r.size > 10).Select(r => r.id)',
     "input.rows | where(it.size > 10) | map(it.id)", ["x"]),
    ('((IEnumerable<dynamic>)GetInput("rows")).Any((r) => r.size > GetGlobal("count"))',
     "input.rows | any(it.size > variables.count)", False),
    ('((int[])GetInput("list")).All(x => x > 0)', "input.list | all(it > 0)", True),
    ('((int[])GetInput("list")).Any()', "input.list | length > 0", True),
    ('((int[])GetInput("list")).Count(x => x > 1)', "input.list | where(it > 1) | length", 2),
    ('((int[])GetInput("list")).Sum()', "input.list | sum", 6),
    ('((IEnumerable<dynamic>)GetInput("rows")).Sum(r => r.size)', "input.rows | map(it.size) | sum", 15),
    ('((int[])GetInput("list")).First()', "input.list[0]", 3),
    ('((List<dynamic>)GetInput("list")).FirstOrDefault(x => x > 5)', "input.list | where(it > 5) | first", None),
    ('((string[])GetInput("names")).Skip(1).Distinct().FirstOrDefault()', "input.names[1:] | unique | first", "a.txt"),
    ('((int[])GetInput("list")).Skip(1).Take(1).ToList()', "input.list[1:][:1]", [1]),
    ('((int[])GetInput("list")).Distinct().Concat(new[] { 9 }).ToArray()', "(input.list | unique) + [9]", [3, 1, 2, 9]),
    ('((List<string>)GetGlobal("tags")).Contains("blue")', '"blue" in variables.tags', True),
    ('((string)GetInput("s")).Contains("k")', '"k" in input.s', True),
    ('((string)GetInput("s")).ToUpper().StartsWith("OK")', 'input.s | upper | startswith("OK")', True),
    ('((string)GetInput("s")).EndsWith("K", StringComparison.OrdinalIgnoreCase)',
     'input.s | lower | endswith("k")', True),
    ('((string)GetInput("s")).Equals("OK", StringComparison.OrdinalIgnoreCase)', 'input.s | lower == "ok"', True),
    ('string.Equals((string)GetInput("s"), "ok")', 'input.s | default(null) == "ok"', True),
    ('string.IsNullOrEmpty((string)GetInput("missing"))', 'input.missing | default("") == ""', True),
    ('string.IsNullOrWhiteSpace((string)GetInput("blank"))', 'input.blank | default("") | split | length == 0', True),
    ('((string)GetInput("text")).Split(",")', 'input.text | split(",")', ["a", "b"]),
    ('int.Parse((string)GetInput("s")) > 1 || true', "int(input.s) > 1 or true", ExpressionError),
    ("Enumerable.Range(2, 3)", "range(2, 5)", range(2, 5)),
    ('Math.Max(1, (int)GetInput("n"))', "max(1, int(input.n))", 7),
    ('new List<string> { "a", (string)GetInput("s") }', '["a", input.s | default(null)]', ["a", "ok"]),
    ('Environment.GetEnvironmentVariable("WFLOW_NO_SUCH") == null', 'env("WFLOW_NO_SUCH") == null', True),
    ('return GetInput("n");', "input.n", 7),
    ('"tab\\t\\u00e9"', '"tab\\té"', "tab\té"),
    ('(int)GetInput("missing") > 1', "int(input.missing) > 1", ExpressionError),
    ('(int)GetInput("n") > 7', "int(input.n) > 7", False),
    ('(int)GetGlobal("ratio") == 0', "int(variables.ratio) == 0", True),
    ('GetGlobal("unset") > 1', "variables.unset != null and variables.unset > 1", False),
    ('!(GetInput("missing") <= 1)', "not (input.missing | default(null) != null and input.missing <= 1)", True),
    ('(int?)GetGlobal("unset") > 3', "variables.unset != null and variables.unset > 3", False),
    ('GetGlobal("unset")?.Length > 3',
     "variables.unset | length | default(null) != null and variables.unset | length > 3", False),
    ('GetGlobal("unset")?.ToUpper() == "A"', 'variables.unset | upper | default(null) == "A"', False),
    ('1 < GetInput("n")', "input.n | default(null) != null and 1 < input.n", True),
]  # fmt: skip


@pytest.mark.parametrize(("csharp", "ours", "value"), TRANSLATED)
def test_what_means_the_same_is_translated(csharp: str, ours: str, value: Any) -> None:
    made = translate(csharp, Names(declared=("count", "ratio")))
    assert made.text == ours
    expression = compile_expression(made.text)
    names = {"input": INPUT, "variables": VARIABLES}
    if value is ExpressionError:
        with pytest.raises(ExpressionError):
            expression.evaluate(names, now=0.0, env={})
    else:
        got = expression.evaluate(names, now=0.0, env={})
        assert got == value
        assert type(got) is type(value)


@pytest.mark.parametrize(
    "csharp",
    [
        "",
        "DateTime.Now.Hour > 5",
        '(int)GetInput("a") / 2',
        'GetInput("i") % 2 == 1',
        '(GetInput("i") % 2) + 1 == 0',
        'GetInput("a") + GetInput("b")',
        '"a" + GetInput("b")',
        '(string)GetGlobal("a") + "b"',
        "'a' == 'b'",
        'Local["x"] == 1',
        '$"{GetInput("a")}" == "a"',
        'GetInput("s").ToString()',
        'GetInput("s").Contains("x")',
        'GetInput("rows").Where(r => r.a)',
        'string.Join(",", (string[])GetInput("l"))',
        '((int[])GetInput("l")).OrderBy(x => x)',
        '((int[])GetInput("l")).Max()',
        '((int[])GetInput("l")) == new[] { 1 }',
        '((string)GetInput("s")).Trim() == ""',
        '((string)GetInput("s")).StartsWith("x", StringComparison.CurrentCulture)',
        '((IEnumerable<dynamic>)GetInput("l")).Where(a => ((int[])a.b).Any(b => b == a.c))',
        'GetInput(name)',
        'GetGlobal("odd name") == 1',
        '"a" < "b"',
        '!"a"',
        "1 && true",
        'x => x',
        "a ? b",
        'GetInput("a") as MyType == null',
        '(MyType)GetInput("a") == null',
        'GetInput("a") as string == null',
        '((int[])GetInput("l")).FirstOrDefault() == 0',
        '((string[])GetInput("l")).Select(x => x.Length).FirstOrDefault() == 0',
        "var x = 1; return x;",
        "await Task.FromResult(1)",
        'GetInput("a") == "x" // yes\n; GetInput("b")',
        "(" * 200 + "1" + ")" * 200,
        "!" * 200 + "true",
        'GetInput("x") ?? ' * 100 + "1",
        "1 /* never closed",
        '"never closed',
        "#if X",
        "string.Empty == 1",
        'new MyList { 1 }',
        'GetInput("a").Foo()',
        '((int[])GetInput("l"))[-1]',
        '((int[])GetInput("l")).Take(GetInput("n")).Any()',
    ],
)  # fmt: skip
def test_what_is_not_sure_is_left_to_csharp(csharp: str) -> None:
    with pytest.raises(NoCounterpart):
        translate(csharp, Names())


def test_names_of_loops_and_other_keys_are_used_and_variables_noted() -> None:
    names = Names(keys={"TotalItems": "total_items"}, loops={"file": "file_", "fileIndex": "file__index"})
    made = translate(
        'GetGlobal("file") != null && GetInput("fileIndex") < GetInput("TotalItems") - GetGlobal("n")', names
    )
    assert made.text == "file_ != null and file__index < input.total_items - variables.n"
    assert names.variables == {"n"}


def test_on_an_edge_the_input_is_the_output_of_the_source() -> None:
    assert translate('GetInput("Triggered") == true', Names("output", {"Triggered": "triggered"})).text == (
        "output.triggered | default(null) == true"
    )
    assert translate("output.Total > 5", Names("output")).text == (
        "output.Total | default(null) != null and output.Total > 5"
    )


def test_what_is_not_translated_notes_no_variable() -> None:
    names = Names()
    with pytest.raises(NoCounterpart):
        translate('GetGlobal("a") == 1 && DateTime.Now.Year == 1', names)
    assert names.variables == set()
