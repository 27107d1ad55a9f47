Feature: A run that is changed while it goes on
  Edges can be switched, and nodes and edges added. What is journalled then is known to a resume.

  Scenario: An edge that is switched off closes as not taken
    Given the workflow:
      """
      name: off
      nodes:
        a: {type: python, script: pass}
        hold: {type: wait, signal: go}
        b: {type: noop}
        c: {type: noop}
        both: {type: noop}
      edges: [a -> hold, hold -> b, hold -> c, b -> both, c -> both]
      """
    And once "a" is completed, the edge "hold -> b" is switched off
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is completed
    And node "b" is skipped
    And node "both" is completed

  Scenario: An edge that the file has off is switched on
    Given the workflow:
      """
      name: on
      nodes:
        a: {type: python, script: pass}
        hold: {type: wait, signal: go}
        b: {type: noop}
      edges: [a -> hold, {from: hold, to: b, enabled: false}]
      """
    And once "a" is completed, the edge "hold -> b" is switched on
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then node "b" is completed

  Scenario: A fail edge that is switched off handles nothing
    Given the workflow:
      """
      name: unhandled
      nodes:
        a: {type: python, script: pass}
        hold: {type: wait, signal: go}
        risky: {type: python, script: 'raise ValueError("no")'}
        repair: {type: noop, join: any}
      edges: [a -> hold -> risky, risky -> repair, {from: risky, to: repair, trigger: fail}]
      """
    And once "a" is completed, the edge "risky -> repair" that has trigger fail is switched off
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is failed
    And node "repair" is skipped

  Scenario: A switch is meant for the iterations to come as well, and a resume knows of it
    Given the workflow:
      """
      name: loop
      nodes:
        a: {type: python, script: pass}
        hold: {type: wait, signal: go}
        load:
          type: foreach
          items: range(3)
          max_concurrent: 1
          nodes:
            x: {type: python, script: pass}
            y: {type: noop}
          edges: [x -> y]
      edges: [a -> hold -> load]
      """
    And once "a" is completed, the edge "load/x -> y" is switched off
    And once "a" is completed, the edge "load[2]/x -> y" is switched on
    And once "a" is completed, a pause is asked for
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is paused
    When it is resumed
    Then the run is completed
    And node "load[0]/y" is skipped
    And node "load[1]/y" is skipped
    And node "load[2]/y" is completed

  Scenario: A node is added between one that is done and one that is to come
    Given the workflow:
      """
      name: between
      variables: {seen: null}
      nodes:
        a: {type: python, script: 'output["x"] = 7'}
        hold: {type: wait, signal: go}
        b: {type: python, script: 'variables["seen"] = input.get("twice")'}
      edges: [a -> hold -> b]
      outputs: {seen: variables.seen}
      """
    And once "a" is completed, the run gets:
      """
      nodes:
        twice: {type: python, script: 'output["twice"] = 2 * input["x"]'}
      edges: [a -> twice -> b]
      """
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is completed
    And the run returns {"seen": 14}
    And node "b" ran after node "twice"

  Scenario: A failure is handled by an edge that comes after it
    Given the workflow:
      """
      name: repaired
      nodes:
        risky: {type: python, script: 'raise ValueError("no")'}
        hold: {type: wait, signal: go}
        a: {type: python, script: pass}
      edges: [{from: risky, to: a, trigger: always}, a -> hold]
      """
    And once "a" is completed, the run gets:
      """
      nodes:
        repair: {type: python, script: 'output["was"] = input["error_message"]'}
      edges: [{from: risky, to: repair, trigger: fail}]
      """
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is completed
    And the output of "repair" is {"was": "no"}

  Scenario: What was added to a run that is then paused runs when it is resumed
    Given the workflow:
      """
      name: paused
      nodes:
        a: {type: python, script: pass}
        hold: {type: wait, signal: go}
        b: {type: python, script: pass}
      edges: [a -> hold -> b]
      """
    And once "a" is completed, the run gets:
      """
      variables: {n: 3}
      nodes:
        c: {type: python, script: 'output["n"] = variables["n"]'}
      """
    And once "a" is completed, a pause is asked for
    And once "a" is completed, the signal "go" comes with null
    When it runs
    Then the run is paused
    When it is resumed
    Then the run is completed
    And the output of "c" is {"n": 3}
