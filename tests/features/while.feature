Feature: While
  A loop that goes on as long as a condition over the variables holds.

  Scenario: The body changes a variable until the condition is false
    Given the workflow:
      """
      name: double
      variables: {number: 1}
      nodes:
        loop:
          type: while
          condition: variables.number < 100
          collect: variables.number
          nodes:
            double: {type: python, script: 'variables["number"] = variables["number"] * 2'}
        after: {type: noop}
      edges: [loop -> after]
      outputs: {number: variables.number}
      """
    When it runs
    Then the run is completed
    And the output of "loop" is {"iteration_count": 7, "last": 128}
    And the run returns {"number": 128}
    And node "after" is completed

  Scenario: Each iteration knows its index
    Given the workflow:
      """
      name: index
      variables: {seen: []}
      nodes:
        loop:
          type: while
          condition: iteration_index < 3
          nodes:
            note: {type: python, script: 'variables.append("seen", input["iteration_index"])'}
      outputs: {seen: variables.seen}
      """
    When it runs
    Then the run returns {"seen": [0, 1, 2]}
    And the input of "loop[2]/note" is {"iteration_index": 2}

  Scenario: A loop whose condition still holds after its limit fails, and says so
    Given the workflow:
      """
      name: limit
      variables: {done: false, rounds: 0}
      nodes:
        loop:
          type: while
          condition: not variables.done
          max_iterations: 5
          nodes:
            try: {type: python, script: 'variables.add("rounds", 1)'}
      outputs: {rounds: variables.rounds}
      """
    When it runs
    Then the run is failed
    And the run reports MaxIterationsExceeded of "loop": max_iterations: 5
    And the run returns {"rounds": 5}

  Scenario: A loop that ends with its last allowed iteration is within its limit
    Given the workflow:
      """
      name: within
      variables: {rounds: 0}
      nodes:
        loop:
          type: while
          condition: variables.rounds < 5
          max_iterations: 5
          nodes: {step: {type: python, script: 'variables.add("rounds", 1)'}}
      """
    When it runs
    Then the run is completed
    And the output of "loop" is {"iteration_count": 5, "last": null}

  Scenario: A loop whose condition does not hold is never entered
    Given the workflow:
      """
      name: never
      variables: {left: 0}
      nodes:
        loop:
          type: while
          condition: variables.left > 0
          nodes: {body: {type: python, script: 'raise ValueError("never")'}}
        after: {type: noop}
      edges: [loop -> after]
      """
    When it runs
    Then the run is completed
    And the output of "loop" is {"iteration_count": 0, "last": null}
    And node "after" is completed

  Scenario: A failed iteration ends the loop
    Given the workflow:
      """
      name: failing
      variables: {left: 3}
      nodes:
        loop:
          type: while
          condition: variables.left > 0
          nodes:
            step:
              type: python
              script: |
                variables.add("left", -1)
                if input["iteration_index"] == 1:
                    raise RuntimeError("second round")
      outputs: {left: variables.left}
      """
    When it runs
    Then the run is failed
    And the run reports RuntimeError of "loop[1]/step": second round
    And the run returns {"left": 2}

  Scenario: A loop in a loop begins anew with each round
    Given the workflow:
      """
      name: nested
      variables: {outer: 0, inner: 0, steps: []}
      nodes:
        rounds:
          type: while
          condition: variables.outer < 2
          nodes:
            reset: {type: python, script: 'variables["inner"] = 0'}
            turns:
              type: while
              condition: variables.inner < 2
              nodes:
                turn:
                  type: python
                  script: |
                    variables.append("steps", [variables["outer"], variables["inner"]])
                    variables.add("inner", 1)
            next: {type: python, script: 'variables.add("outer", 1)'}
          edges: [reset -> turns -> next]
      outputs: {steps: variables.steps}
      """
    When it runs
    Then the run is completed
    And the run returns {"steps": [[0, 0], [0, 1], [1, 0], [1, 1]]}

  Scenario: Each completed round goes on as it completes
    Given the workflow:
      """
      name: while-next
      variables: {n: 0, seen: []}
      nodes:
        loop:
          type: while
          condition: variables.n < 3
          collect: variables.n * 10
          nodes: {step: {type: python, script: 'variables.add("n", 1)'}}
        note: {type: python, join: each, max_concurrent: 1, script: 'variables.append("seen", [input["iteration_index"], input["result"]])'}
      edges: [{from: loop, to: note, trigger: next}]
      outputs: {seen: variables.seen}
      """
    When it runs
    Then the run returns {"seen": [[0, 10], [1, 20], [2, 30]]}
