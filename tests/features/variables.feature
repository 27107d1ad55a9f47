Feature: Variables
  State of the run that its nodes share. A write counts when the node that made it completes.

  Scenario: What one node writes, those after it read
    Given the workflow:
      """
      name: shared
      variables: {log: [], totals: {}, last: null}
      nodes:
        python:
          type: python
          script: |
            variables.append("log", "python")
            variables.merge("totals", {"python": 1})
            variables["last"] = "python"
            output["seen"] = variables["log"]
        shell:
          type: shell
          script: |
            echo '{"append": {"log": "shell"}, "merge": {"totals": {"shell": 2}}}' >> "$WFLOW_VARIABLES"
            echo "before=$WFLOW_VAR_LAST" >> "$WFLOW_OUTPUT"
        check: {type: if, condition: variables.totals.shell == 2 and variables.log | length == 2}
        read: {type: python, script: 'output.update(log=variables["log"], totals=variables["totals"])'}
      edges: [python -> shell -> check, check.true -> read]
      """
    When it runs
    Then the run is completed
    And the output of "python" is {"seen": ["python"]}
    And the output of "shell" has before = "python"
    And the output of "read" is {"log": ["python", "shell"], "totals": {"python": 1, "shell": 2}}

  Scenario: A counter that twenty nodes add to at once counts each of them
    Given "meet.here" returns once 20 nodes are there
    And the workflow:
      """
      name: counters
      max_concurrency: 20
      variables: {count: 0}
      nodes:
        each:
          type: foreach
          items: range(20)
          nodes:
            meet: {type: python, call: "meet:here"}
            add: {type: python, script: 'variables.add("count", 1)'}
          edges: [meet -> add]
      outputs: {count: variables.count}
      """
    When it runs
    Then the run is completed
    And the run returns {"count": 20}

  Scenario: What a failed attempt wrote does not count, and what its retry wrote counts once
    Given the workflow:
      """
      name: failed-writes
      variables: {count: 0, broken: 0}
      nodes:
        flaky:
          type: python
          retry: {max_attempts: 3, initial_delay: 1ms}
          script: |
            variables.add("count", 1)
            if run.attempt < 3:
                raise ConnectionError("not yet")
        broken: {type: python, script: 'variables.add("broken", 1); raise ValueError("no")'}
        repair: {type: noop}
      edges: [{from: broken, to: repair, trigger: fail}]
      outputs: {count: variables.count, broken: variables.broken}
      """
    When it runs
    Then the run is completed
    And the run returns {"count": 1, "broken": 0}

  Scenario: A node does not see what others write while it runs
    Given the workflow:
      """
      name: own-view
      variables: {n: 1}
      timeout: 20s
      nodes:
        reader:
          type: python
          script: |
            from pathlib import Path
            from time import sleep
            Path("reading").touch()
            while not Path("written").exists():
                sleep(0.002)
            output["n"] = variables["n"]
        writer:
          type: python
          script: |
            from pathlib import Path
            from time import sleep
            while not Path("reading").exists():
                sleep(0.002)
            variables["n"] = 2
        after: {type: python, script: 'import pathlib; pathlib.Path("written").touch(); output["n"] = variables["n"]'}
      edges: [writer -> after]
      """
    When it runs
    Then the run is completed
    And the output of "reader" is {"n": 1}
    And the output of "after" is {"n": 2}

  Scenario: Local scratch belongs to one attempt of one node
    Given the workflow:
      """
      name: scratch
      nodes:
        first: {type: python, script: 'local["n"] = 1; output["had"] = False'}
        second: {type: python, script: 'output["had"] = "n" in local'}
        each:
          type: foreach
          items: range(3)
          max_concurrent: 1
          collect: nodes.body.output.had
          nodes:
            body: {type: python, script: 'output["had"] = "n" in local; local["n"] = input["item"]'}
        retried:
          type: python
          retry: {max_attempts: 2, initial_delay: 1ms}
          script: |
            output["had"] = "n" in local
            local["n"] = 1
            if run.attempt == 1:
                raise ConnectionError("once more")
        file: {type: shell, script: 'touch "$WFLOW_WORK/mine"'}
        no-file: {type: shell, script: 'test ! -e "$WFLOW_WORK/mine"'}
      edges: [first -> second, file -> no-file]
      """
    When it runs
    Then the run is completed
    And the output of "second" is {"had": false}
    And the output of "each" has results = [false, false, false]
    And the output of "retried" is {"had": false}
    And node "no-file" is completed

  Scenario: Two runs of one workflow know nothing of each other
    Given the workflow:
      """
      name: isolated
      parameters: {who: {type: string}}
      variables: {seen: [], count: 0}
      nodes:
        note: {type: python, script: 'variables.append("seen", params["who"]); variables.add("count", 1)'}
      outputs: {seen: variables.seen, count: variables.count}
      """
    When it runs with who = "ada"
    And it runs again with who = "bob"
    Then the runs returned {"seen": ["ada"], "count": 1}, {"seen": ["bob"], "count": 1}

  Scenario: A write to a name that is not declared fails the node
    Given the workflow:
      """
      name: undeclared
      variables: {total: 0}
      nodes: {write: {type: python, script: 'variables["totl"] = 1'}}
      """
    When it runs
    Then the run is failed
    And the run reports UnknownVariable of "write": `total`

  Scenario: What a script does to a value it read stays its own
    Given the workflow:
      """
      name: copies
      parameters: {tags: {type: array, default: [a]}}
      variables: {rows: [1]}
      nodes:
        change: {type: python, script: 'variables["rows"].append(2); params["tags"].append("b"); input["tags"].clear()'}
        read: {type: python, script: 'output.update(rows=variables["rows"], tags=params["tags"])'}
      edges: [change -> read]
      """
    When it runs
    Then the output of "read" is {"rows": [1], "tags": ["a"]}
