Feature: Resume
  What completed is never run again; what did not is.

  Scenario: A failed run goes on where it failed, once the cause is gone
    Given the workflow:
      """
      name: repaired
      variables: {count: 0}
      nodes:
        before: {type: python, script: 'variables.add("count", 1)'}
        needs: {type: shell, script: test -e ready}
        after: {type: python, script: 'variables.add("count", 1)'}
        beside: {type: python, script: 'variables.add("count", 1)'}
      edges: [before -> needs -> after]
      outputs: {count: variables.count}
      """
    When it runs
    Then the run is failed
    And node "after" is skipped because something before failed
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only nodes "needs", "after" ran
    And the run returns {"count": 3}

  Scenario: Of a loop only what did not complete runs again
    Given the workflow:
      """
      name: items
      nodes:
        each:
          type: foreach
          items: '["a", "b", "c"]'
          as: name
          collect: nodes.needs.output.stdout
          nodes:
            first: {type: python, script: 'output["name"] = input["name"]'}
            needs:
              type: shell
              script: |
                [ "$WFLOW_INPUT_NAME" != b ] || test -e ready || exit 1
                printf %s "$WFLOW_INPUT_NAME"
          edges: [first -> needs]
        after: {type: python, script: 'output["names"] = input["results"]'}
      edges: [each -> after]
      outputs: {names: nodes.after.output.names}
      """
    When it runs
    Then the run is failed
    And nodes "each[0]/needs", "each[2]/needs" are completed
    And the run returns {"names": null}
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only nodes "each[1]/needs", "after" ran
    And the run returns {"names": ["a", "b", "c"]}

  Scenario: A run that completed stays as it is
    Given the workflow:
      """
      name: done
      nodes: {only: {type: python, script: 'output["n"] = 1'}}
      outputs: {n: nodes.only.output.n}
      """
    When it runs
    And it is resumed
    Then the run is completed
    And node "only" did not run
    And the run returns {"n": 1}

  Scenario: A paused run lets what is running end, and goes on when it is resumed
    Given the workflow:
      """
      name: paused
      nodes:
        a: {type: python, script: 'output["n"] = 1'}
        pause: {type: wait, for: 600ms}
        b: {type: python, script: 'output["n"] = input["n"] + 1'}
      edges: [a -> pause, "[a, pause] -> b"]
      outputs: {n: nodes.b.output.n}
      """
    And once "a" is completed, a pause is asked for
    When it runs
    Then the run is paused
    And the exit code is 5
    And node "b" did not run
    When it is resumed
    Then the run is completed
    And only node "b" ran
    And the run returns {"n": 2}

  Scenario: A cancelled run cleans up, and a resume runs again what was cancelled
    Given the workflow:
      """
      name: cancelled
      stop_grace: 1s
      variables: {cleaned: 0}
      nodes:
        a: {type: python, script: pass}
        server: {type: shell, script: 'test -e ready || sleep 60'}
        tidy: {type: python, script: 'variables.add("cleaned", 1)'}
      edges: [a -> server, {from: server, to: tidy, trigger: cancel}]
      outputs: {cleaned: variables.cleaned}
      """
    And once "a" is completed, a cancel is asked for
    When it runs
    Then the run is cancelled
    And the exit code is 4
    And node "server" is cancelled
    And the run returns {"cleaned": 1}
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only node "server" ran
