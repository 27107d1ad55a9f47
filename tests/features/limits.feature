Feature: Limits
  How many nodes run at once, and which of those that are ready go first.

  Scenario: No more nodes run at once than the workflow says
    Given "meet.here" returns once 5 nodes are there
    And the workflow:
      """
      name: five
      max_concurrency: 5
      nodes:
        each:
          type: container
          mode: parallel
          nodes:
            n01: &node {type: python, call: "meet:here"}
            n02: *node
            n03: *node
            n04: *node
            n05: *node
            n06: *node
            n07: *node
            n08: *node
            n09: *node
            n10: *node
            n11: *node
            n12: *node
            n13: *node
            n14: *node
            n15: *node
            n16: *node
            n17: *node
            n18: *node
            n19: *node
            n20: *node
      """
    When it runs on 20 workers
    Then the run is completed
    And 20 nodes completed
    And at most 5 nodes ran at once

  Scenario: No more items are worked on at once than the loop says
    Given "meet.here" returns once 3 nodes are there
    And the workflow:
      """
      name: three-items
      max_concurrency: 20
      nodes:
        each:
          type: foreach
          items: range(12)
          max_concurrent: 3
          nodes: {work: {type: python, call: "meet:here"}}
      """
    When it runs
    Then the run is completed
    And 12 nodes completed
    And at most 3 nodes ran at once

  Scenario: Of ten activations of one node no more run at once than the node says
    Given the workflow:
      """
      name: three-of-ten
      max_concurrency: 20
      nodes:
        each:
          type: foreach
          items: range(10)
          nodes: {work: {type: python, max_concurrent: 3, script: 'import time; time.sleep(0.01)'}}
      """
    When it runs
    Then the run is completed
    And 10 nodes completed
    And at most 3 nodes ran at once

  Scenario: A pool of one is a lock
    Given the workflow:
      """
      name: lock
      pools: {database: 1}
      nodes:
        a: {type: python, pool: database, script: 'import time; time.sleep(0.02)'}
        b: {type: python, pool: database, script: 'import time; time.sleep(0.02)'}
        c: {type: shell, pool: database, script: sleep 0.02}
      """
    When it runs
    Then the run is completed
    And at most 1 nodes ran at once

  Scenario: A node that waits for its pool holds up no other
    Given the workflow:
      """
      name: not-held-up
      max_concurrency: 2
      pools: {database: 1}
      nodes:
        a: {type: python, pool: database, script: 'import time; time.sleep(0.1)'}
        b: {type: python, pool: database, script: pass}
        c: {type: python, script: pass}
      """
    When it runs
    Then the nodes began in the order "a", "c", "b"

  Scenario: Of the nodes that are ready those of a high priority go first
    Given the workflow:
      """
      name: priorities
      max_concurrency: 2
      nodes:
        low-1: {type: python, priority: low, script: pass}
        normal-1: {type: python, script: pass}
        high-1: {type: python, priority: high, script: pass}
        low-2: {type: python, priority: low, script: pass}
        normal-2: {type: python, script: pass}
        high-2: {type: python, priority: high, script: pass}
        highest: {type: python, priority: 50, script: pass}
      """
    When it runs
    Then the run is completed
    And the nodes began in the order "highest", "high-1", "high-2", "normal-1", "normal-2", "low-1", "low-2"
    And at most 2 nodes ran at once

  Scenario: A rate spreads the starts of a node over time
    Given the workflow:
      """
      name: rate
      nodes:
        each:
          type: foreach
          items: range(23)
          nodes: {call: {type: python, rate: 20/s, script: pass}}
      """
    When it runs
    Then the run is completed
    And 23 nodes completed
    And no more than 20 nodes began within 45 ms
    And no more than 22 nodes began within 145 ms
