Feature: Resume of a fixed definition
  A run that failed goes on with its file put right; what has finished stays, or is refused by name.

  Scenario: The failed node is put right, and nothing else runs again
    Given the workflow:
      """
      name: fixed
      variables: {count: 0}
      nodes:
        a: {type: python, script: 'variables.add("count", 1); output["x"] = 1'}
        b: {type: python, script: 'output["y"] = input["z"]'}
        c: {type: python, script: 'variables.add("count", 10); output["done"] = input["y"]'}
      edges: [a -> b -> c]
      outputs: {count: variables.count, done: nodes.c.output.done}
      """
    When it runs
    Then the run is failed
    When it is resumed with the workflow:
      """
      name: fixed
      variables: {count: 0}
      nodes:
        a: {type: python, script: 'variables.add("count", 1); output["x"] = 1'}
        b: {type: python, script: 'output["y"] = input["x"]'}
        c: {type: python, script: 'variables.add("count", 10); output["done"] = input["y"]'}
      edges: [a -> b -> c]
      outputs: {count: variables.count, done: nodes.c.output.done}
      """
    Then the run is completed
    And only nodes "b", "c" ran
    And the run returns {"count": 11, "done": 1}

  Scenario: A finished node that has changed is refused, unless it is told to run again
    Given the workflow:
      """
      name: changed
      nodes:
        a: {type: python, script: 'output["x"] = 1'}
        b: {type: python, script: 'raise ValueError("no")'}
      edges: [a -> b]
      """
    When it runs
    And the workflow is now:
      """
      name: changed
      nodes:
        a: {type: python, script: 'output["x"] = 2'}
        b: {type: python, script: 'output["y"] = input["x"]'}
      edges: [a -> b]
      """
    Then a resume with it is refused: a (its script)
    When it is resumed with it from "a"
    Then the run is completed
    And the output of "b" is {"y": 2}

  Scenario: A node of a completed run is run again with what comes after it, and other branches stay
    Given the workflow:
      """
      name: branches
      nodes:
        a: {type: noop}
        b: {type: python, script: pass}
        c: {type: python, script: pass}
        other: {type: python, script: pass}
      edges: [a -> b -> c, a -> other]
      """
    When it runs
    Then the run is completed
    When it is resumed from "b"
    Then the run is completed
    And only nodes "b", "c" ran

  Scenario: A run that was compensated runs again what was undone
    Given the workflow:
      """
      name: undone
      nodes:
        a: {type: python, script: pass, compensate: undo}
        b: {type: python, script: pass}
        c: {type: python, script: 'import os; os.stat("there")'}
        undo: {type: python, script: pass}
      edges: [a -> b -> c]
      """
    When it runs
    Then the run is failed
    And node "undo" is completed
    When the file "there" is there
    And it is resumed
    Then the run is completed
    And only nodes "a", "b", "c" ran
