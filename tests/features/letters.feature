Feature: Dead letters, and what an operator does to single nodes
  A message whose retries or deliveries are spent is kept until someone requeues or drops it.

  Scenario: One item of a loop is requeued once its cause is gone, and no other runs
    Given the workflow:
      """
      name: items
      nodes:
        load:
          type: foreach
          items: '["a", "b", "c"]'
          max_concurrent: 1
          nodes:
            insert:
              type: python
              retry: {max_attempts: 2, initial_delay: 1ms}
              script: |
                import os
                if input["item"] != "b" and not os.path.exists(input["item"]):
                    raise ValueError("no file")
        report: {type: noop}
      edges: [load -> report]
      """
    When it runs
    Then the run is failed
    And the dead letters of the run are 1, 2
    And the dead letter 2 is of "load[2]/insert", with input {"item": "c", "item_index": 2}
    When the file "c" is there
    And its dead letter 2 is requeued
    Then the run is failed
    And only node "load[2]/insert" ran
    And the dead letters of the run are 1
    When the file "a" is there
    And its dead letter 1 is requeued
    Then the run is completed
    And only node "load[0]/insert" ran
    And node "report" is completed
    And the dead letters of the run are none

  Scenario: A message that kills its engine again and again is a dead letter, and its node fails
    Given the workflow:
      """
      name: poison
      nodes:
        a: {type: noop}
        b: {type: python, script: pass}
        c: {type: python, script: 'output["seen"] = input["error_type"]'}
      edges:
        - {from: a, to: b, max_deliveries: 1}
        - {from: b, to: c, trigger: fail}
      """
    When it runs
    And its engine dies while "b" runs
    And it is resumed
    Then the run is completed
    And the output of "c" is {"seen": "DeadLetter"}
    And the dead letters of the run are 1

  Scenario: A dead letter that is dropped is gone, and its node stays failed
    Given the workflow:
      """
      name: dropped
      nodes:
        a: {type: python, retry: {max_attempts: 1}, script: 'raise ValueError("no")'}
      """
    When it runs
    And its dead letter 1 is dropped
    Then the dead letters of the run are none
    And node "a" is failed

  Scenario: A failed node is tried again while another branch still runs
    Given the workflow:
      """
      name: again
      nodes:
        a:
          type: python
          script: |
            import os
            if not os.path.exists("there"):
                raise ValueError("not yet")
        after: {type: noop}
        make: {type: shell, script: 'sleep 0.2; touch there'}
        last: {type: shell, script: 'sleep 0.5'}
      edges: [a -> after, make -> last]
      """
    And once "make" is completed, "a" is tried again
    When it runs
    Then the run is completed
    And nodes "a", "after" are completed
    And node "a" ran 2 times

  Scenario: A node is given its output while it runs
    Given the workflow:
      """
      name: by-hand
      nodes:
        slow: {type: shell, script: 'exec sleep 60'}
        quick: {type: shell, script: 'sleep 0.2'}
        after: {type: python, script: 'output["got"] = input["id"]'}
      edges: [slow -> after]
      """
    And once "quick" is completed, "slow" is set to {"id": 7}
    When it runs
    Then the run is completed
    And the output of "after" is {"got": 7}
    And the run took less than 10 s

  Scenario: A node that failed is given its output, and the resume goes on behind it
    Given the workflow:
      """
      name: repaired
      nodes:
        a: {type: python, script: 'raise ValueError("no")'}
        after: {type: python, script: 'output["got"] = input["id"]'}
      edges: [a -> after]
      """
    When it runs
    And "a" is set to {"id": 8}
    And it is resumed
    Then the run is completed
    And nodes "a", "after" are completed
    And the output of "a" is {"id": 8}
    And the output of "after" is {"got": 8}

  Scenario: Of two failed nodes one alone is tried again
    Given the workflow:
      """
      name: one-of-two
      nodes:
        a: {type: python, script: 'import os; os.stat("a")'}
        b: {type: python, script: 'import os; os.stat("b")'}
      """
    When it runs
    And the file "a" is there
    And "a" alone is tried again
    Then the run is failed
    And only node "a" ran
    And the run reports FileNotFoundError of "b": No such file

  Scenario: After a crash nothing that was recorded runs again
    Given the workflow:
      """
      name: recovered
      nodes:
        a: {type: python, script: 'output["x"] = 1'}
        b: {type: python, script: 'output["y"] = input["x"] + 1'}
        c: {type: python, script: 'output["z"] = input["y"] + 1'}
      edges: [a -> b -> c]
      """
    When it runs
    And its engine dies once "b" was recorded
    And it is resumed
    Then the run is completed
    And only node "c" ran
    And the output of "c" is {"z": 3}

  Scenario: Priorities decide who is next where two run at once
    Given the workflow:
      """
      name: two-at-once
      max_concurrency: 2
      nodes:
        first: {type: shell, script: 'sleep 0.2'}
        second: {type: shell, script: 'sleep 0.2'}
        low: {type: shell, script: 'true', priority: low}
        normal: {type: shell, script: 'true'}
        high: {type: shell, script: 'true', priority: high}
        higher: {type: shell, script: 'true', priority: 11}
      """
    When it runs
    Then the run is completed
    And the nodes began in the order "higher", "high", "first", "second", "normal", "low"

  Scenario: Three branches meet in one join
    Given the workflow:
      """
      name: three
      nodes:
        a: {type: python, script: 'output["a"] = 1'}
        b: {type: shell, script: 'sleep 0.1; echo "b=2" > "$WFLOW_OUTPUT"'}
        c: {type: python, script: 'output["c"] = 3'}
        join: {type: python, script: 'output["sum"] = input["a"] + int(input["b"]) + input["c"]'}
      edges: ["[a, b, c] -> join"]
      """
    When it runs
    Then the run is completed
    And the output of "join" is {"sum": 6}
    And node "join" ran 1 times
