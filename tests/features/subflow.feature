Feature: Subflows
  Another workflow file as a node: parameters go in, outputs come back, everything else stays apart.

  Scenario: Parameters are mapped in, outputs are mapped back
    Given the file "greet.yaml":
      """
      name: greet
      parameters: {who: {type: string}, times: {type: integer, default: 1}}
      variables: {text: nobody}
      nodes:
        say: {type: python, script: 'variables["text"] = " ".join(["hello", *[params["who"]] * params["times"]])'}
      outputs: {text: variables.text, words: variables.text | split | length}
      """
    And the workflow:
      """
      name: caller
      variables: {text: null, greeting: null}
      nodes:
        name: {type: python, script: 'output["name"] = "moon"'}
        call:
          type: subflow
          file: greet.yaml
          with: {who: "${{ input.name }}", times: 2}
          outputs: {greeting: text}
        after: {type: python, script: 'output["words"] = input["words"]'}
      edges: [name -> call -> after]
      outputs: {greeting: variables.greeting, own: variables.text, words: nodes.after.output.words}
      """
    When it runs
    Then the run is completed
    And the output of "call" is {"text": "hello moon moon", "words": 3}
    And the input of "call/say" is {"who": "moon", "times": 2}
    And the run returns {"greeting": "hello moon moon", "own": null, "words": 3}

  Scenario: A subflow sees neither the parameters nor the variables of its caller
    Given the file "child.yaml":
      """
      name: child
      parameters: {n: {type: integer, default: 1}}
      variables: {count: 10}
      nodes:
        look:
          type: python
          script: |
            output["params"] = params
            output["variables"] = {"count": variables["count"]}
            variables.add("count", params["n"])
      outputs: {count: variables.count, seen: nodes.look.output}
      """
    And the workflow:
      """
      name: caller
      parameters: {n: {type: integer, default: 5}}
      variables: {count: 0}
      nodes: {call: {type: subflow, file: child.yaml}}
      outputs: {child: nodes.call.output, count: variables.count}
      """
    When it runs
    Then the run returns {"child": {"count": 11, "seen": {"params": {"n": 1}, "variables": {"count": 10}}}, "count": 0}

  Scenario: Subflows nested four deep
    Given the file "one.yaml":
      """
      name: one
      parameters: {n: {type: integer}}
      nodes: {call: {type: subflow, file: parts/two.yaml, with: {n: "${{ params.n * 2 }}"}}}
      outputs: {n: nodes.call.output.n + 1}
      """
    And the file "parts/two.yaml":
      """
      name: two
      parameters: {n: {type: integer}}
      nodes: {call: {type: subflow, file: three.yaml, with: {n: "${{ params.n * 2 }}"}}}
      outputs: {n: nodes.call.output.n + 1}
      """
    And the file "parts/three.yaml":
      """
      name: three
      parameters: {n: {type: integer}}
      nodes: {call: {type: subflow, file: ../four.yaml, with: {n: "${{ params.n * 2 }}"}}}
      outputs: {n: nodes.call.output.n + 1}
      """
    And the file "four.yaml":
      """
      name: four
      parameters: {n: {type: integer}}
      nodes: {leaf: {type: python, script: 'output["n"] = params["n"]'}}
      outputs: {n: nodes.leaf.output.n}
      """
    And the workflow:
      """
      name: top
      nodes: {call: {type: subflow, file: one.yaml, with: {n: 1}}}
      outputs: {n: nodes.call.output.n}
      """
    When it runs
    Then the run is completed
    And the run returns {"n": 11}
    And the output of "call/call/call/call/leaf" is {"n": 8}

  Scenario: A subflow that fails is a failed node, and a handler may take it
    Given the file "child.yaml":
      """
      name: child
      nodes:
        one: {type: noop}
        two: {type: python, script: 'raise ConnectionError("no route")'}
      edges: [one -> two]
      """
    And the workflow:
      """
      name: caller
      nodes:
        call: {type: subflow, file: child.yaml}
        after: {type: noop}
        repair: {type: python, script: 'output.update(node=input["error_node"], message=input["error_message"])'}
      edges: [call -> after, {from: call, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And nodes "call", "call/two" are failed
    And node "after" is skipped because something before failed
    And the output of "repair" is {"node": "call/two", "message": "no route"}

  Scenario: Without a handler the run fails, and reports the node in the subflow
    Given the file "child.yaml":
      """
      name: child
      nodes: {work: {type: shell, script: 'echo "no such host" >&2; exit 7'}}
      """
    And the workflow:
      """
      name: caller
      nodes: {call: {type: subflow, file: child.yaml}}
      """
    When it runs
    Then the run is failed
    And the run reports ExitCode of "call/work": 7

  Scenario: A subflow that takes longer than its timeout is cancelled and has failed
    Given the file "child.yaml":
      """
      name: child
      stop_grace: 1s
      nodes:
        quick: {type: python, script: 'output["n"] = 1'}
        slow: {type: shell, script: sleep 60}
      edges: [quick -> slow]
      """
    And the workflow:
      """
      name: caller
      stop_grace: 1s
      nodes:
        call: {type: subflow, file: child.yaml, timeout: 800ms}
        repair: {type: python, script: 'output["type"] = input["error_type"]'}
      edges: [{from: call, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And node "call" is failed
    And node "call/quick" is completed
    And node "call/slow" is cancelled
    And the output of "repair" is {"type": "TimeoutError"}
    And the run took less than 10 s

  Scenario Outline: The file may be computed
    Given the file "parts/red.yaml":
      """
      name: red
      nodes: {a: {type: python, script: 'output["colour"] = "red"'}}
      outputs: {colour: nodes.a.output.colour}
      """
    And the file "parts/blue.yaml":
      """
      name: blue
      nodes: {a: {type: python, script: 'output["colour"] = "blue"'}}
      outputs: {colour: nodes.a.output.colour}
      """
    And the workflow:
      """
      name: computed
      parameters: {colour: {type: string}}
      nodes: {call: {type: subflow, file: "parts/${{ params.colour }}.yaml"}}
      outputs: {colour: nodes.call.output.colour}
      """
    When it runs with colour = "<colour>"
    Then the run returns {"colour": "<colour>"}

    Examples:
      | colour |
      | red    |
      | blue   |

  Scenario: A computed file that is not there fails the node
    Given the workflow:
      """
      name: not-there
      parameters: {colour: {type: string}}
      nodes: {call: {type: subflow, file: "${{ params.colour }}.yaml"}}
      """
    When it runs with colour = "green"
    Then the run is failed
    And the run reports DefinitionError of "call": green.yaml

  Scenario: A computed file outside the project is not read
    Given the workflow:
      """
      name: outside
      parameters: {path: {type: string}}
      nodes: {call: {type: subflow, file: "${{ params.path }}"}}
      """
    When it runs with path = "../../elsewhere.yaml"
    Then the run is failed
    And the run reports DefinitionError of "call": outside the project

  Scenario: A subflow runs once for each item
    Given the file "square.yaml":
      """
      name: square
      parameters: {n: {type: integer}}
      variables: {result: 0}
      nodes: {square: {type: python, script: 'variables["result"] = params["n"] ** 2'}}
      outputs: {square: variables.result}
      """
    And the workflow:
      """
      name: each
      nodes:
        each:
          type: foreach
          items: range(1, 6)
          as: n
          collect: nodes.call.output.square
          nodes:
            call: {type: subflow, file: square.yaml, with: {n: "${{ n }}"}}
      outputs: {squares: nodes.each.output.results}
      """
    When it runs
    Then the run is completed
    And the run returns {"squares": [1, 4, 9, 16, 25]}
    And node "each[4]/call/square" is completed

  Scenario: A parameter of the wrong type fails the node before the subflow begins
    Given the file "child.yaml":
      """
      name: child
      parameters: {n: {type: integer}}
      nodes: {work: {type: python, script: pass}}
      """
    And the workflow:
      """
      name: caller
      nodes:
        make: {type: python, script: 'output["n"] = "three"'}
        call: {type: subflow, file: child.yaml, with: {n: "${{ input.n }}"}}
      edges: [make -> call]
      """
    When it runs
    Then the run is failed
    And the run reports DefinitionError of "call": n
    And node "call/work" did not run

  Scenario: A parameter that the subflow does not have is refused before anything runs
    Given the file "child.yaml":
      """
      name: child
      parameters: {number: {type: integer, default: 1}}
      nodes: {work: {type: noop}}
      """
    And the workflow:
      """
      name: caller
      nodes: {call: {type: subflow, file: child.yaml, with: {numbr: 2}}}
      """
    When it runs
    Then it is refused: has no parameter `numbr`

  Scenario: A subflow may reach itself
    Given the file "factorial.yaml":
      """
      name: factorial
      parameters: {n: {type: integer}}
      nodes:
        small: {type: if, condition: params.n <= 1}
        one: {type: python, script: 'output["n"] = 1'}
        below: {type: subflow, file: factorial.yaml, with: {n: "${{ params.n - 1 }}"}}
        times: {type: python, script: 'output["n"] = params["n"] * input["n"]'}
        result: {type: noop}
      edges:
        - small.true -> one -> result
        - small.false -> below -> times -> result
      outputs: {n: nodes.result.output.n}
      """
    And the workflow:
      """
      name: recursion
      nodes: {call: {type: subflow, file: factorial.yaml, with: {n: 6}}}
      outputs: {n: nodes.call.output.n}
      """
    When it runs
    Then the run is completed
    And the run returns {"n": 720}

  Scenario: A subflow that reaches itself for ever fails at its depth
    Given the file "endless.yaml":
      """
      name: endless
      nodes:
        go: {type: if, condition: run.id != ''}
        again: {type: subflow, file: endless.yaml, max_depth: 5}
      edges: [go.true -> again]
      """
    And the workflow:
      """
      name: endless-caller
      nodes: {call: {type: subflow, file: endless.yaml}}
      """
    When it runs
    Then the run is failed
    And the run reports MaxDepthExceeded of "call/again/again/again/again/again": max_depth: 5
