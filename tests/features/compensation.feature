Feature: Compensation
  When a run fails, what its completed nodes did is undone in reverse order, each with what it got and gave.

  Scenario: What completed is undone in reverse, and told why
    Given the workflow:
      """
      name: booking
      variables: {log: []}
      nodes:
        flight: {type: python, script: 'output["id"] = 11', compensate: cancel-flight}
        hotel: {type: python, script: 'output["id"] = 22', compensate: cancel-hotel}
        car: {type: python, script: 'raise ValueError("no car left")'}
        cancel-flight:
          type: python
          script: 'variables.append("log", ["flight", input["output"]["id"], input["error_message"]])'
        cancel-hotel:
          type: python
          script: 'variables.append("log", ["hotel", input["output"]["id"], input["id"], input["error_node"]])'
      edges: [flight -> hotel -> car]
      outputs: {log: variables.log}
      """
    When it runs
    Then the run is failed
    And the run reports ValueError of "car": no car left
    And the run returns {"log": [["hotel", 22, 11, "car"], ["flight", 11, "no car left"]]}
    And nodes "cancel-flight", "cancel-hotel" are completed

  Scenario: A shell script undoes with expressions over output and error
    Given the workflow:
      """
      name: shell-undo
      variables: {log: null}
      nodes:
        rent: {type: python, script: 'output["id"] = "r-1"', compensate: give-back}
        use: {type: shell, script: exit 3}
        give-back:
          type: shell
          env: {ID: "${{ output.id }}", WHY: "${{ error.type }}", SAME: "${{ nodes.rent.output.id }}"}
          script: |
            printf '{"set": {"log": "%s %s %s"}}\n' "$ID" "$WHY" "$SAME" > "$WFLOW_VARIABLES"
      edges: [rent -> use]
      outputs: {log: variables.log}
      """
    When it runs
    Then the run is failed
    And the run returns {"log": "r-1 ExitCode r-1"}

  Scenario: A container with its own undo stands for what is in it
    Given the workflow:
      """
      name: whole
      nodes:
        site:
          type: container
          compensate: tear-down
          nodes:
            wall: {type: noop, compensate: wreck}
            wreck: {type: noop}
        tear-down: {type: noop}
        roof: {type: python, script: 'raise ValueError("rain")'}
      edges: [site -> roof]
      """
    When it runs
    Then the run is failed
    And node "tear-down" is completed
    And node "site/wreck" did not run

  Scenario: An undo that fails is reported and stops no other
    Given the workflow:
      """
      name: stubborn
      nodes:
        one: {type: noop, compensate: undo-one}
        two: {type: noop, compensate: undo-two}
        three: {type: python, script: 'raise ValueError("first")'}
        undo-one: {type: noop}
        undo-two: {type: python, script: 'raise OSError("second")'}
      edges: [one -> two -> three]
      """
    When it runs
    Then the run is failed
    And the run reports ValueError of "three": first
    And the error of "undo-two" is OSError: second
    And node "undo-one" is completed

  Scenario: A run that completes undoes nothing
    Given the workflow:
      """
      name: fine
      nodes:
        one: {type: noop, compensate: undo-one}
        undo-one: {type: noop}
      """
    When it runs
    Then the run is completed
    And node "undo-one" did not run
