from __future__ import annotations

from tests.importing.conftest import Import, link, node


def test_scripts_files_and_classes_are_carried(imported: Import) -> None:
    made = imported(
        [
            node("a", "CSharpScript", scriptContent="return 1;"),
            node("b", "CSharpScript", configuration={"script": "return 2;"}),
            node("c", "CSharpScript", scriptPath="scripts\\c.csx"),
            node("d", "CSharp", assemblyPath="lib/d.dll", typeName="D.Node"),
            node("e", "CSharpTask", executorAssemblyPath="lib/d.dll", executorTypeName="D.Node"),
        ],
        files={"scripts\\c.csx": "return 3;", "lib/d.dll": ""},
    )
    # A class is not what it was: it has to do without the types that it was written for.
    assert [said[:2] for said in made.told] == [("warning", "changed")] * 2
    assert made.nodes["a"]["script"] == "return 1;"
    assert made.nodes["b"]["script"] == "return 2;"
    assert made.nodes["c"]["file"] == "scripts/c.csx"
    assert made.nodes["d"] == made.nodes["e"] == {"type": "csharp", "assembly": "lib/d.dll", "class": "D.Node"}


def test_modules_with_a_path_are_named_by_it(imported: Import) -> None:
    made = imported(
        [node("a", "PowerShell", scriptContent="x", requiredModules=["Pester", "Mine", "Near"],
              modulePaths={"Mine": "modules\\Mine", "Near": "Near.psm1"}),
         node("b", "PowerShell", scriptContent="x", requiredModules=["Pester"], modulePaths=["modules"])],
        files={"modules\\Mine": "", "modules": ""},
    )  # fmt: skip
    assert made.nodes["a"]["modules"] == ["Pester", "modules/Mine", "./Near.psm1"]
    assert (made.nodes["b"]["modules"], made.nodes["b"]["module_paths"]) == (["Pester"], ["modules"])


def test_variables_that_scripts_name_are_declared(imported: Import) -> None:
    made = imported(
        [node("a", "CSharpScript", scriptContent='SetGlobal("set", GetGlobal("read")); AddGlobal("given", 1);'),
         node("b", "PowerShell", scriptPath="b.ps1")],
        files={"b.ps1": "Set-Global told 1"},
        defaultVariables={"given": 3, "list": [1]},
    )  # fmt: skip
    assert made.tree["variables"] == {"given": 3, "list": [1], "set": None, "read": None, "told": None}
    assert made.tree["outputs"]["told"] == "variables.told"


def test_a_name_that_no_variable_can_have_is_lost(imported: Import) -> None:
    made = imported([node("a", "CSharpScript", scriptContent='SetGlobal("a b", 1);')], defaultVariables={"c d": 1})
    assert [said[:2] for said in made.told] == [("error", "bad-value")] * 2


def test_a_script_file_that_uses_names_of_theirs_is_told_of(imported: Import) -> None:
    made = imported(
        [node("each", "ForEach", CollectionExpression="new[] { 1 }"), node("a", "CSharpScript", scriptPath="a.csx"),
         node("b", "CSharpScript", scriptPath="b.csx")],
        [link("each", "a", sourcePort="LoopBody"), link("each", "b")],
        files={"a.csx": 'GetInput("item"); GetInput("itemIndex"); GetGlobal("item")', "b.csx": 'GetInput("item")'},
    )  # fmt: skip
    assert [said[:2] for said in made.told] == [("error", "not-carried")]
    assert "`item` is `input item`, `itemIndex` is `item_index` here" in made.messages[0]


def test_what_is_not_there_is_told_of(imported: Import) -> None:
    made = imported(
        [node("a", "CSharpScript", scriptPath="nowhere.csx"), node("b", "CSharp", assemblyPath="b.dll", typeName="B"),
         node("c", "CSharp", assemblyPath="c.dll"), node("d", "CSharpScript"), node("e", "PowerShell")],
        files={"c.dll": ""},
    )  # fmt: skip
    assert [said[1] for said in made.told if said[0] == "error"] == [
        "missing-file",
        "missing-file",
        "missing-key",
        "missing-key",
        "missing-key",
    ]


def test_what_only_the_execution_engine_has_is_lost(imported: Import) -> None:
    made = imported([node("a", "CSharpScript", scriptContent="WorkflowContext.Status"),
                     node("b", "PowerShell", scriptContent="$State.GetInput('x')"),
                     node("c", "CSharpScript", scriptContent="var x = $\"${{1}}\";")])  # fmt: skip
    assert [said[1] for said in made.told] == ["not-carried"] * 3


def test_a_key_whose_values_are_others_is_told_of(imported: Import) -> None:
    made = imported(
        [node("if", "IfElse", Condition="true"), node("a", "CSharpScript", scriptContent='GetInput("BranchTaken")')],
        [link("if", "a", sourcePort="TrueBranch")],
    )
    assert made.nodes["a"]["script"] == 'GetInput("branch_taken")'
    assert [said[:2] for said in made.told] == [("warning", "changed")]


def test_a_script_names_the_namespaces_that_it_takes_for_granted(imported: Import) -> None:
    script = 'SetOutput("x", Regex.Escape("a"));'
    made = imported(
        [node("a", "CSharpScript", scriptContent=script), node("b", "CSharpScript", scriptPath="b.csx")],
        files={"b.csx": script},
    )
    assert made.nodes["a"]["script"].startswith("using System.Text.RegularExpressions;\nSetOutput")
    assert [said[:2] for said in made.told] == [("error", "not-carried")]
    assert "`b.csx` needs `using System.Text.RegularExpressions;` here" in made.messages[0]
