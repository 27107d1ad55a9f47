Feature: Timeouts
  What takes too long has failed, and what was done before is kept.

  Scenario: A node that times out has failed
    Given the workflow:
      """
      name: node-timeout
      stop_grace: 1s
      nodes:
        before: {type: python, script: 'output["n"] = 1'}
        slow: {type: shell, timeout: 100ms, script: sleep 60}
        after: {type: noop}
        other: {type: python, script: 'output["n"] = 2'}
      edges: [before -> slow -> after]
      outputs: {before: nodes.before.output.n, slow: nodes.slow.output, other: nodes.other.output.n}
      """
    When it runs
    Then the run is failed
    And the exit code is 1
    And the run reports TimeoutError of "slow": timed out after 0.1 s
    And node "after" is skipped because something before failed
    And the run returns {"before": 1, "slow": null, "other": 2}
    And the run took less than 10 s

  Scenario: The timeout of a node may be handled
    Given the workflow:
      """
      name: handled-timeout
      stop_grace: 1s
      nodes:
        slow: {type: shell, timeout: 100ms, script: sleep 60}
        instead: {type: python, script: 'output["type"] = input["error_type"]'}
      edges: [{from: slow, to: instead, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And the output of "instead" is {"type": "TimeoutError"}

  Scenario: A Python script is stopped too
    Given the workflow:
      """
      name: python-timeout
      stop_grace: 1s
      nodes:
        endless:
          type: python
          timeout: 50ms
          script: |
            import time
            while True:
                time.sleep(0.005)
      """
    When it runs
    Then the run is failed
    And the run reports TimeoutError of "endless": timed out after 0.05 s
    And the run took less than 10 s

  Scenario: A node that is quicker than its timeout is not touched
    Given the workflow:
      """
      name: in-time
      nodes: {quick: {type: python, timeout: 20s, script: 'output["n"] = 1'}}
      """
    When it runs
    Then the run is completed
    And the run took less than 10 s

  Scenario: A run that times out is cancelled, has failed, and keeps what was done
    Given the workflow:
      """
      name: run-timeout
      timeout: 300ms
      stop_grace: 1s
      nodes:
        quick: {type: python, script: 'output["n"] = 1'}
        slow: {type: shell, script: sleep 60}
        after: {type: noop}
      edges: [quick -> slow -> after]
      outputs: {quick: nodes.quick.output.n, slow: nodes.slow.output}
      """
    When it runs
    Then the run is failed
    And the exit code is 124
    And the run reports TimeoutError of "": 0.3 s
    And node "quick" is completed
    And node "slow" is cancelled
    And node "after" is skipped
    And the run returns {"quick": 1, "slow": null}
    And the run took less than 10 s

  Scenario: Clean-up runs after the timeout of the run
    Given the workflow:
      """
      name: run-timeout-clean-up
      timeout: 300ms
      stop_grace: 1s
      variables: {cleaned: false}
      nodes:
        slow: {type: shell, script: sleep 60}
        clean: {type: python, script: 'variables["cleaned"] = True'}
      edges: [{from: slow, to: clean, trigger: cancel}]
      outputs: {cleaned: variables.cleaned}
      """
    When it runs
    Then the run is failed
    And the exit code is 124
    And the run returns {"cleaned": true}

  Scenario: A container that times out keeps what its nodes did
    Given the workflow:
      """
      name: container-timeout
      stop_grace: 1s
      nodes:
        box:
          type: container
          mode: sequential
          timeout: 250ms
          nodes:
            quick: {type: python, script: 'output["n"] = 1'}
            slow: {type: shell, script: sleep 60}
        repair: {type: python, script: 'output["type"] = input["error_type"]'}
      edges: [{from: box, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And node "box" is failed
    And the output of "box/quick" is {"n": 1}
    And node "box/slow" is cancelled
    And the output of "repair" is {"type": "TimeoutError"}

  Scenario: A loop that times out keeps the items that are done
    Given the workflow:
      """
      name: loop-timeout
      stop_grace: 1s
      variables: {done: []}
      nodes:
        each:
          type: foreach
          items: '["quick", "quick", "endless", "quick"]'
          as: how
          max_concurrent: 1
          timeout: 400ms
          nodes:
            work:
              type: python
              script: |
                import time
                while input["how"] == "endless":
                    time.sleep(0.005)
                variables.append("done", input["how_index"])
      outputs: {done: variables.done}
      """
    When it runs
    Then the run is failed
    And the run reports TimeoutError of "each": timed out after 0.4 s
    And the run returns {"done": [0, 1]}
    And node "each[2]/work" is cancelled
