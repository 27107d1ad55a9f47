Feature: Checkpoints
  A result is appended to the journal at once. The checkpoint policy says when the journal must be on the disk.

  Background:
    Given the disk is watched

  Scenario: By default a result is on the disk before anything that follows from it begins
    Given the workflow:
      """
      name: per-node
      nodes:
        a: &node {type: python, script: 'output["n"] = 1'}
        b: *node
        c: *node
        d: *node
        e: *node
      edges: [a -> b -> c -> d -> e]
      """
    When it runs
    Then the run is completed
    And at most 0 results waited for the disk when a node began
    And at the end all of the journal was on the disk

  Scenario: After so many nodes at the latest
    Given the workflow:
      """
      name: per-count
      checkpoint: {nodes: 4}
      variables: {n: 0}
      nodes:
        loop:
          type: while
          condition: variables.n < 20
          nodes: {step: {type: python, script: 'variables.add("n", 1)'}}
      """
    When it runs
    Then the run is completed
    And at most 3 results waited for the disk when a node began
    And the journal went to the disk 5 to 8 times
    And at the end all of the journal was on the disk

  Scenario: At least so often
    Given the workflow:
      """
      name: per-interval
      checkpoint: {every: 40ms}
      variables: {n: 0}
      nodes:
        loop:
          type: while
          condition: variables.n < 30
          nodes: {step: {type: python, script: 'import time; time.sleep(0.006); variables.add("n", 1)'}}
      """
    When it runs
    Then the run is completed
    And in between the journal went to the disk at least 2 times, never within 40 ms
    And at the end all of the journal was on the disk

  Scenario: Not before the end, if nobody asks
    Given the workflow:
      """
      name: by-hand
      checkpoint: manual
      variables: {n: 0}
      nodes:
        loop:
          type: while
          condition: variables.n < 20
          nodes: {step: {type: python, script: 'variables.add("n", 1)'}}
      """
    When it runs
    Then the run is completed
    And 19 results waited for the disk when the last node began
    And at the end all of the journal was on the disk
