from __future__ import annotations

import pytest

from wflow.importing.csharp_kept import bare, is_statements, missing_usings, returning, split_usings, with_usings


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("a > 1", False),
        ("a > 1;", False),
        ('a.Trim() == "return"', False),
        ("rows.Any(r => { return r > 1; })", False),
        ("x switch { 1 => 2, _ => 3 }", False),
        ("return a;", True),
        ("if (a) { return true; } return false;", True),
        ("var x = 1; x > 0", True),
        ("SetGlobal(1); a", True),
        ("bool F() { return true; } return F();", True),
        ("", False),
        ('return "unfinished', True),
        ("/* unfinished", False),
    ],
)
def test_statements_are_told_from_an_expression(text: str, statements: bool) -> None:
    assert is_statements(text) is statements


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("a > 1;", "return (bool)(a > 1);"),
        ("a > 1 // why", "return (bool)(a > 1);"),
        ("var x = 1; return x > 0;", "var x = 1; return x > 0;"),
        ("var x = 1; x > 0", "var x = 1; return (bool)(x > 0);"),
        ("if (a) { return true; } return false;", "if (a) { return true; } return false;"),
        ("var x = 1; if (a) { return x; }", "var x = 1; if (a) { return x; }"),
        ('return "unfinished', 'return "unfinished'),
        ("/* unfinished ;", "return (bool)(/* unfinished);"),
    ],
)
def test_what_c_sharp_gives_is_returned(text: str, script: str) -> None:
    assert returning(text, "(bool)") == script


def test_an_expression_is_taken_without_what_stands_around_it() -> None:
    assert bare(" /* a */ b ; // c") == "b"
    assert bare("// nothing") == ""


def test_usings_stand_before_everything() -> None:
    assert split_usings("using System.Text; using static System.Math;\nreturn 1;") == (
        "using System.Text;\nusing static System.Math;\n",
        "return 1;",
    )
    assert split_usings("using (var x = F()) { }") == ("", "using (var x = F()) { }")


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        ('Regex.IsMatch("a", "b", RegexOptions.None)', ["System.Text.RegularExpressions"]),
        ("using System.Text.RegularExpressions;\nRegex.Escape(x)", []),
        ("System.Text.RegularExpressions.Regex.Escape(x)", []),
        ("JsonSerializer.Serialize(x) + MyRegex.Y", ["System.Text.Json"]),
        ("new JsonObject()", ["System.Text.Json.Nodes"]),
        ("CultureInfo.InvariantCulture; new ConcurrentBag<int>()",
         ["System.Collections.Concurrent", "System.Globalization"]),
    ],
)  # fmt: skip
def test_namespaces_that_a_script_takes_for_granted_are_found(script: str, missing: list[str]) -> None:
    assert missing_usings(script) == missing


def test_a_using_goes_behind_directives_and_before_the_rest() -> None:
    assert with_usings('#r "a.dll"\nRegex x;') == '#r "a.dll"\nusing System.Text.RegularExpressions;\nRegex x;'
    assert with_usings('// a\n#load "b.csx"\n//c\nRegex x;').startswith('// a\n#load "b.csx"\nusing ')
    assert with_usings("return 1;") == "return 1;"
