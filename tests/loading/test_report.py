from __future__ import annotations

import json

from wflow.loading.loaded import Loaded
from wflow.loading.report import json_report, sarif_report, text_report
from wflow.model import Problem, Workflow

ERROR = Problem(
    file="bad file.yaml", line=2, column=3, severity="error", code="cycle", message="m", cure="c", excerpt="x"
)
WARNING = Problem(file="bad file.yaml", line=4, column=1, severity="warning", code="endless-loop", message="w")
GOOD = ("good.yaml", Loaded(workflow=Workflow(name="w"), problems=(), digest=""))
BAD = ("bad file.yaml", Loaded(workflow=None, problems=(ERROR, WARNING), digest=""))


def test_text_ends_each_file_with_its_verdict() -> None:
    lines = text_report([GOOD, BAD]).split("\n")
    assert lines[0] == "good.yaml: valid"
    assert lines[-2:] == ["1 error, 1 warning in bad file.yaml", ""]


def test_no_terminal_obeys_a_file_name() -> None:
    assert "\x1b" not in text_report([("\x1b[31m.yaml", GOOD[1])])


def test_json_is_one_object_for_all_files() -> None:
    assert json_report([GOOD]) == {"version": 1, "valid": True, "problems": []}
    report = json_report([GOOD, BAD])
    assert report["valid"] is False
    assert report["problems"][0] == {
        "file": "bad file.yaml",
        "line": 2,
        "column": 3,
        "severity": "error",
        "code": "cycle",
        "message": "m",
        "cure": "c",
    }
    assert report["problems"][1]["cure"] is None


def test_a_file_name_that_is_no_text_is_told_all_the_same() -> None:
    problem = Problem(file="\udcff.yaml", line=1, column=1, severity="error", code="cycle", message="m")
    log = sarif_report([("x", Loaded(workflow=None, problems=(problem,), digest=""))])
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "%FF.yaml"


def test_sarif_has_a_rule_for_each_code_and_a_place_for_each_result() -> None:
    log = json.loads(json.dumps(sarif_report([GOOD, BAD])))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["cycle", "endless-loop"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "bad%20file.yaml"}, "region": {"startLine": 2, "startColumn": 3}}
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
