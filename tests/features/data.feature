Feature: Data
  Values are JSON, and arrive as they were sent.

  Scenario: Null and nested data pass through three nodes unchanged
    Given the workflow:
      """
      name: unchanged
      nodes:
        make:
          type: python
          script: |
            output["data"] = {"none": None, "list": [1, [2.5, {"deep": [None, True, ""]}], {}], "text": "ü \" \\ \n 雪"}
        pass: {type: noop}
        shell: {type: shell, script: 'cat "$WFLOW_INPUT"', parse: json}
        check: {type: python, script: 'output["same"] = input["data"]'}
      edges: [make -> pass -> shell -> check]
      outputs: {data: nodes.check.output.same}
      """
    When it runs
    Then the run is completed
    And the run returns {"data": {"none": null, "list": [1, [2.5, {"deep": [null, true, ""]}], {}], "text": "ü \" \\ \n 雪"}}

  Scenario: A key that is null is there, and looking into it gives null
    Given the workflow:
      """
      name: null-key
      nodes:
        make: {type: python, script: 'output["user"] = None'}
        look: {type: if, condition: input.user == null and input.user.name == null}
        found: {type: noop}
      edges: [make -> look, look.true -> found]
      """
    When it runs
    Then the run is completed
    And node "found" is completed
    And the input of "found" has user = null

  Scenario: A node that gives nothing gives an empty mapping
    Given the workflow:
      """
      name: empty
      nodes: {a: {type: python, script: pass}, b: {type: python, script: 'output["keys"] = sorted(input)'}}
      edges: [a -> b]
      """
    When it runs
    Then the output of "a" is {}
    And the output of "b" is {"keys": []}

  Scenario: A script may return its output
    Given the workflow:
      """
      name: returned
      nodes:
        early:
          type: python
          script: |
            if params.get("none") is None:
                return {"n": 1}
            return {"n": 2}
      """
    When it runs
    Then the output of "early" is {"n": 1}

  Scenario Outline: A value that is not JSON is an error that names its key
    Given the workflow:
      """
      name: not-json
      nodes: {make: {type: python, script: 'output["rows"] = [{"value": <value>}]'}}
      """
    When it runs
    Then the run is failed
    And the run reports ValueNotJson of "make": `rows[0].value`

    Examples:
      | value        |
      | float("nan") |
      | {1, 2}       |
      | print        |

  Scenario: Dates, paths and decimals are written as text
    Given the workflow:
      """
      name: as-text
      nodes:
        make:
          type: python
          script: |
            from datetime import date
            from decimal import Decimal
            from pathlib import Path
            output.update(date=date(2026, 1, 31), path=Path("data/a.csv"), decimal=Decimal("0.10"))
      """
    When it runs
    Then the output of "make" is {"date": "2026-01-31", "path": "data/a.csv", "decimal": "0.10"}

  Scenario: A large output reads like any other
    Given the workflow:
      """
      name: large
      nodes:
        make: {type: python, script: 'output["rows"] = [{"n": n, "text": "x" * 50} for n in range(2000)]'}
        last: {type: python, script: 'output["n"] = input["rows"][-1]["n"]'}
        count: {type: if, condition: nodes.make.output.rows | length == 2000}
        yes: {type: noop}
      edges: [make -> last, make -> count, count.true -> yes]
      """
    When it runs
    Then the run is completed
    And the output of "last" is {"n": 1999}
    And node "yes" is completed

  Scenario: Parameters have types, defaults and checks
    Given the workflow:
      """
      name: parameters
      parameters:
        name: {type: string, default: world}
        times: {type: integer, minimum: 1}
      nodes: {greet: {type: python, script: 'output["text"] = " ".join([params["name"]] * params["times"])'}}
      outputs: {text: nodes.greet.output.text}
      """
    When it runs with times = 2
    And it runs again with times = 1 and name = "moon"
    Then the runs returned {"text": "world world"}, {"text": "moon"}

  Scenario Outline: A parameter that does not fit is refused
    Given the workflow:
      """
      name: refused
      parameters: {times: {type: integer, minimum: 1}}
      nodes: {a: {type: noop}}
      """
    When it runs with <given>
    Then it is refused: <why>

    Examples:
      | given                   | why     |
      | times = 0               | times   |
      | times = "two"           | times   |
      | tims = 1                | `tims`  |

  Scenario: What cannot be told of the outputs is null
    Given the workflow:
      """
      name: outputs
      nodes:
        a: {type: python, script: 'output["n"] = 1'}
        b: {type: python, script: 'raise ValueError("no")'}
      outputs: {a: nodes.a.output.n, b: nodes.b.output.n}
      """
    When it runs
    Then the run is failed
    And the run returns {"a": 1, "b": null}

  Scenario: Data that looks like an expression is data
    Given the workflow:
      """
      name: no-injection
      parameters: {text: {type: string}}
      nodes:
        show: {type: shell, command: [printf, "%s", "${{ params.text }}"]}
        said: {type: python, script: 'output["text"] = input["stdout"]'}
      edges: [show -> said]
      outputs: {text: nodes.said.output.text}
      """
    When it runs with text = "${{ run.id }} $(id) `id`"
    Then the run returns {"text": "${{ run.id }} $(id) `id`"}
