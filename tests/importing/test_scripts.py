from __future__ import annotations

import time

import pytest

from wflow.importing.scripts import rewritten, uses_of

CSHARP = """
SetGlobal("a", 1); AddGlobal<int>( "b" );
var x = (int)GetGlobal("c") + GetGlobal<int>("d");
context.Variables["e"] = x; if (GlobalVariables["f"] == null) { }
SetOutput("out", GetInput("in")); Output["out2"] = Input["in2"];
"""
POWERSHELL = """
Set-Global a 1; Add-Global -Name 'b'
$x = (Get-Global "c") + (get-global d)
Set-Output out (Get-Input in); $Output['out2'] = $Input.in2; $Output.out3 = $Input["in3"]
"""


def test_the_names_that_csharp_mentions_are_found() -> None:
    uses = uses_of(CSHARP, "csharp")
    assert list(uses.sets) == ["a", "b", "e"]
    assert list(uses.reads) == ["c", "d", "f"]
    assert (list(uses.inputs), list(uses.outputs)) == (["in", "in2"], ["out", "out2"])
    assert CSHARP[uses.sets["a"] :].startswith("SetGlobal")


def test_the_names_that_powershell_mentions_are_found() -> None:
    uses = uses_of(POWERSHELL, "powershell")
    assert (list(uses.sets), list(uses.reads)) == (["a", "b"], ["c", "d"])
    assert (list(uses.inputs), list(uses.outputs)) == (["in", "in2", "in3"], ["out", "out2", "out3"])


def test_what_only_the_execution_engine_has_is_found() -> None:
    assert list(uses_of("NodeContext.OutputData", "csharp").foreign) == ["NodeContext"]
    assert list(uses_of('$State.GetInput("x")', "powershell").foreign) == ["$State"]


@pytest.mark.parametrize(
    ("language", "script", "ours"),
    [
        ("csharp", '(int)GetInput("fileIndex")', '(int)GetInput("file_index")'),
        ("csharp", 'GetInput<int>( "fileIndex" )', 'GetInput<int>( "file_index" )'),
        ("csharp", 'Input["fileIndex"]', 'Input["file_index"]'),
        ("csharp", 'GetGlobal("file")', 'GetInput("file")'),
        ("csharp", 'SetGlobal("file", 1); Output["fileIndex"] = 1', 'SetGlobal("file", 1); Output["fileIndex"] = 1'),
        ("csharp", 'context.Variables["a"] = F(1, ";");', 'SetGlobal("a", F(1, ";"));'),
        ("csharp", 'var x = context.Variables["a"];', 'var x = GetGlobal("a");'),
        ("csharp", 'GlobalVariables["a"] = GlobalVariables["b"];', 'SetGlobal("a", GetGlobal("b"));'),
        ("csharp", 'my.Variables["a"]', 'my.Variables["a"]'),
        ("csharp", '"unclosed context.Variables[', '"unclosed context.Variables['),
        ("powershell", "Get-Input fileIndex", "Get-Input file_index"),
        ("powershell", "get-input -Key 'fileIndex'", "get-input -Key 'file_index'"),
        ("powershell", "$Input.fileIndex + $input['fileIndex']", "$Input.file_index + $input['file_index']"),
        ("powershell", 'Get-Global "file"', 'Get-Input "file"'),
        ("powershell", "Set-Global file 1; $Output.fileIndex = 1", "Set-Global file 1; $Output.fileIndex = 1"),
    ],
)  # fmt: skip
def test_only_the_words_that_mean_something_else_change(language: str, script: str, ours: str) -> None:
    assert rewritten(script, language, {"fileIndex": "file_index"}, {"file": "file"}) == ours


@pytest.mark.parametrize("language", ["csharp", "powershell"])
@pytest.mark.parametrize(
    "piece", ["SetGlobal ", "SetGlobal(", 'Input["', "Get-Input ", "$Input[ ", "GetInput<", " ", "/* "]
)
def test_hostile_text_costs_what_its_length_is(language: str, piece: str) -> None:
    began = time.perf_counter()
    uses_of(piece * 50_000, language)
    rewritten(piece * 50_000, language, {"a": "b"}, {"a": "b"})
    assert time.perf_counter() - began < 5
