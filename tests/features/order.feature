Feature: Order
  Edges say what comes after what. Everything else runs at the same time.

  Scenario: Nodes in a chain run one after another, each with what the one before gave
    Given the workflow:
      """
      name: chain
      nodes:
        fetch: {type: python, script: 'output["rows"] = [3, 1, 2]'}
        sort: {type: python, script: 'output["rows"] = sorted(input["rows"])'}
        first: {type: python, script: 'output["first"] = input["rows"][0]'}
      edges: [fetch -> sort -> first]
      outputs: {first: nodes.first.output.first}
      """
    When it runs
    Then the run is completed
    And the nodes ran one after another: "fetch", "sort", "first"
    And the run returns {"first": 1}

  Scenario: Nodes after one source run at the same time
    Given "meet.here" returns once 3 nodes are there
    And the workflow:
      """
      name: fan-out
      nodes:
        start: {type: python, script: 'output["n"] = 2'}
        a: {type: python, call: "meet:here"}
        b: {type: python, call: "meet:here"}
        c: {type: python, call: "meet:here"}
      edges: ["start -> [a, b, c]"]
      """
    When it runs
    Then the run is completed
    And node "a" ran after node "start"
    And node "b" ran after node "start"
    And node "c" ran after node "start"
    And the input of "c" is {"n": 2}

  Scenario: Three branches join into one node, which gets what all of them gave
    Given the workflow:
      """
      name: fan-in
      nodes:
        slow: {type: python, script: 'import time; time.sleep(0.05); output["slow"] = 1'}
        quick: {type: python, script: 'output["quick"] = 2'}
        shell: {type: shell, script: 'echo shell=3 >> "$WFLOW_OUTPUT"'}
        join: {type: python, script: 'output["sources"] = sorted(inputs)'}
      edges: ["[slow, quick, shell] -> join"]
      """
    When it runs
    Then the run is completed
    And node "join" ran after nodes "slow", "quick" and "shell"
    And the input of "join" is {"slow": 1, "quick": 2, "shell": "3", "stdout": "", "exit_code": 0}
    And the output of "join" is {"sources": ["quick", "shell", "slow"]}

  Scenario: Chains, fans and joins mix
    Given the workflow:
      """
      name: mixed
      nodes:
        a: {type: python, script: 'output["a"] = 1'}
        b: {type: python, script: 'output["b"] = input["a"] + 1'}
        c: {type: python, script: 'output["c"] = input["a"] + 2'}
        d: {type: python, script: 'output["d"] = input["c"] + 1'}
        e: {type: python, script: 'output["e"] = input["b"] + input["d"]'}
        f: {type: python, script: 'output["f"] = input["e"] * 10'}
      edges: ["a -> [b, c]", c -> d, "[b, d] -> e -> f"]
      outputs: {f: nodes.f.output.f}
      """
    When it runs
    Then the run is completed
    And the nodes ran one after another: "a", "c", "d", "e", "f"
    And node "e" ran after node "b"
    And the run returns {"f": 60}

  Scenario: Of two sources that give the same key, the later edge has the last word
    Given the workflow:
      """
      name: same-key
      nodes:
        left: {type: python, script: 'output["side"] = "left"'}
        right: {type: python, script: 'output["side"] = "right"'}
        join: {type: python, script: 'output["by"] = {source: inputs[source]["side"] for source in sorted(inputs)}'}
      edges: [left -> join, right -> join]
      """
    When it runs
    Then the input of "join" is {"side": "right"}
    And the output of "join" is {"by": {"left": "left", "right": "right"}}

  Scenario: Every node without an inbound edge begins with the run, and gets its parameters
    Given "meet.here" returns once 2 nodes are there
    And the workflow:
      """
      name: entries
      parameters: {limit: {type: integer}}
      nodes:
        one: {type: python, call: "meet:here"}
        two: {type: python, call: "meet:here"}
        after: {type: noop}
      edges: [one -> after]
      """
    When it runs with limit = 7
    Then the run is completed
    And the input of "one" is {"limit": 7}
    And the input of "two" is {"limit": 7}
    And the input of "after" is {}

  Scenario: A workflow of a single node needs no edges
    Given the workflow:
      """
      name: single
      nodes:
        only: {type: shell, command: [echo, hello]}
      outputs: {said: nodes.only.output.stdout}
      """
    When it runs
    Then the run is completed
    And the run returns {"said": "hello\n"}

  Scenario: A circle of edges is refused
    Given the workflow:
      """
      name: circle
      nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}}
      edges: [a -> b -> c -> b]
      """
    When it runs
    Then it is refused: b -> c -> b

  Scenario: Two branches go their own way and meet again
    Given the workflow:
      """
      name: meet-again
      parameters: {size: {type: integer}}
      nodes:
        look: {type: if, condition: params.size > 10}
        large: {type: python, script: 'output["how"] = "in parts"'}
        small: {type: python, script: 'output["how"] = "at once"'}
        send: {type: noop}
      edges:
        - look.true -> large -> send
        - look.false -> small -> send
      outputs: {how: nodes.send.output.how}
      """
    When it runs with size = 11
    And it runs again with size = 10
    Then the runs returned {"how": "in parts"}, {"how": "at once"}

  Scenario Outline: A join of another kind starts with the first message, or with as many as it says
    Given the workflow:
      """
      name: joins
      variables: {gate: false}
      nodes:
        a: {type: python, script: 'output["a"] = 1'}
        b: {type: python, script: 'output["b"] = 2'}
        late: {type: wait, until: variables.gate}
        join: {type: python, join: <join>, script: 'variables["gate"] = True'}
      edges: ["[a, b, late] -> join"]
      """
    When it runs
    Then the run is completed
    And node "join" ran 1 times
    And node "late" is completed

    Examples:
      | join |
      | any  |
      | 2    |
